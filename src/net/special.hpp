#pragma once

#include <optional>
#include <string_view>

#include "net/address.hpp"
#include "net/network.hpp"

namespace badclients::net {

/// The name of the special-purpose block that `address` lies in (IANA's special-purpose registries,
/// RFC 6890, and the older blocks that the original refuses to block), as the audit line shows it
/// in `net_name`: `Private-Use Networks`, `Loopback`, ... Nothing for an ordinary address. The
/// caller passes the address that counts (Address::carried).
std::optional<std::string_view> special_purpose(const Address& address);

/// The name of a special-purpose block that shares an address with `network`; nothing where there
/// is none.
std::optional<std::string_view> special_purpose(const Network& network);

/// The name of the special-purpose block that holds all of `network`.
std::optional<std::string_view> special_purpose_around(const Network& network);

}  // namespace badclients::net
