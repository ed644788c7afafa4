#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/network.hpp"

namespace badclients::net {

/// Networks as an administrator writes them, and a registry.
struct NetworkText {
  Network first;
  /// Of a range that is no single network: the rest of it, ascending. At most 61 for IPv4, 253 for
  /// IPv6.
  std::vector<Network> more{};
  bool host_bits = false;  ///< the address was not the first of its network
  std::size_t length = 0;  ///< of the text that was read; what stands behind it may be a comment
};

/// Reads, at the begin of `text`:
///   52.96.0.0/14  2603:1006::/40  52.97.246.245          network or address
///   139.162.0.0 - 139.162.255.255  1.2.3.4-1.2.3.9       a range, as WHOIS writes it
///   192.0.2.0/255.255.255.0  192.0.2.0 255.255.255.0     with a netmask
///   200.160/20                                           octets of zero left out before a prefix
/// It ends where the text does, or before a blank, comma, semicolon or `#`. A dash behind a blank
/// that no address follows belongs to a comment.
/// Error: quotes the text, says what is wrong with it, and how to write it where that can be told.
tl::expected<NetworkText, std::string> read_network(std::string_view text);

/// The fewest networks that hold exactly the addresses from `first` to `last`, ascending. Both are
/// of one family, and `first` <= `last`.
std::vector<Network> networks_of_range(const Address& first, const Address& last);

}  // namespace badclients::net
