#pragma once

#include <cstdint>

#include "net/address.hpp"

namespace badclients::facts {

/// What an address means that a DNS block or allow list answered (RFC 5782 section 2.1).
enum class DnsblAnswer : std::uint8_t {
  listing,
  error,    ///< 127.255.255.x, by convention: a refused resolver, a mistyped zone, over quota
  nothing,  ///< 127.0.0.1, and all outside of 127.0.0.0/8: no list's answer, but that of a resolver
            ///< that blocks the zone or redirects unknown names, or of a zone that was abandoned
};

inline DnsblAnswer meaning_of(const net::Address& answer) {
  const auto bytes = answer.bytes();
  if (!answer.is_v4() || bytes[0] != 127) return DnsblAnswer::nothing;
  if (bytes[1] == 255 && bytes[2] == 255) return DnsblAnswer::error;
  const bool loopback = bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 1;
  return loopback ? DnsblAnswer::nothing : DnsblAnswer::listing;
}

}  // namespace badclients::facts
