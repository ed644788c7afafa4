#pragma once

#include <string>
#include <vector>

#include "config/limit.hpp"
#include "net/network.hpp"

/// Which counts of questions have to have room for one more: the limits of the configuration, and
/// the parts of them that no single party gets more of.
namespace badclients::budget {

/// For whom a question is put.
struct Purpose {
  /// Whoever waits for it has shown a password, or is the administrator. Everybody else (whoever
  /// tries to log in with CRAM-MD5, answers that are refreshed behind a login) has half of each
  /// limit together.
  bool proven = true;
  /// The networks that the address belongs to, where more than one block of addresses is registered
  /// or announced together. Each has a quarter of each limit, but two questions at least: one
  /// login may have to ask by RDAP and then by WHOIS.
  std::vector<net::Network> allocations;
  /// The network that is asked about, which waits where there is no budget; empty: it does not.
  std::string about{};
};

/// Does nothing where it is there already.
void add_allocation(Purpose& purpose, const net::Network& network);

/// At most `limit.count` of the questions `of` somebody in its window.
struct Count {
  config::Limit limit;
  std::string of;  ///< empty: of all; else "unproven", or a network
};

/// What a question by `service` counts for.
std::vector<Count> counts_for(const config::Limits& limits, config::Service service,
                              const Purpose& purpose);

/// Whose questions are counted, for people.
std::string in_words(const Count& count);

}  // namespace badclients::budget
