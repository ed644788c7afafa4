#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/network.hpp"

/// The networks of a list as a set of addresses.
namespace badclients::admin::update {

/// The fewest networks that hold exactly the addresses of `networks`, sorted: none lies within or
/// beside another that it could be merged with (RFC 4632 section 5).
std::vector<net::Network> aggregate(std::vector<net::Network> networks);

/// What a new list has and the old one has not, and the other way round.
struct Difference {
  std::vector<net::Network> added, removed;  ///< sorted

  [[nodiscard]] bool none() const { return added.empty() && removed.empty(); }
  /// A line for each network, "+192.0.2.0/24" or "-192.0.2.0/24", in the order of networks; after
  /// `most` lines one that counts the rest.
  [[nodiscard]] std::string text(std::size_t most) const;
};

/// Both sorted, each network once.
Difference compare(const std::vector<net::Network>& before, const std::vector<net::Network>& after);

}  // namespace badclients::admin::update
