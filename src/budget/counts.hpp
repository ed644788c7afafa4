#pragma once

#include <string>
#include <vector>

#include "config/limit.hpp"
#include "net/network.hpp"

/// Which counts a question adds to: those that the configuration limits, and the shares of them
/// that one network, or everybody without a password, gets at most.
namespace badclients::budget {

/// For whom a question is asked.
struct Purpose {
  /// A login whose password was right waits for it, or the administrator. All other questions (for
  /// logins with CRAM-MD5, and to refresh stale answers in the background) share half of each
  /// limit.
  bool proven = true;
  /// The networks of the address that hold more than one block (as registered or announced). Each
  /// has a quarter of each limit, but two questions at least: one login may have to ask by RDAP and
  /// then by WHOIS.
  std::vector<net::Network> allocations;
  /// The network that the question is about: it is noted as waiting while there is no budget;
  /// empty: nothing is noted.
  std::string about{};
};

/// Does nothing if it is there already.
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
