#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace badclients::admin::update {

/// What a new list has that the old one had not, and the other way round.
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
