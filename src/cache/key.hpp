#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/kinds.hpp"
#include "net/address.hpp"
#include "net/network.hpp"

/// Under which key an answer is stored, and which keys may hold one.
///
/// A key is bytes:
///   '4' or '6', network address (4 or 16 bytes), prefix length (1 byte), kind, DNSBL zone
///   'a', AS number (4 bytes, big end first), kind
///   "pruned"
/// The address comes first: so all that is known about one block lies on one or two pages of the
/// database, whatever the kind and prefix length.
namespace badclients::cache {

using facts::Kind;

/// A failure has another key than the answer, so that it never replaces an answer that may still
/// serve.
enum class Outcome : std::uint8_t { known, failed };

/// The prefix lengths of the block around an address within which an answer may serve its
/// neighbours: `ipv4_network`, `ipv6_network`.
struct Blocks {
  unsigned v4 = 24, v6 = 48;
  [[nodiscard]] unsigned around(const net::Address& address) const;
};

/// What an answer or a failure is about: a network and perhaps a DNSBL zone, or an AS.
struct Place {
  Kind kind;
  std::optional<net::Network> network;
  std::string_view zone{};
  std::uint32_t asn = 0;
};
std::string key_of(const Place& place, Outcome outcome);

/// The part of `answered` that lies in the block around `address`; for IPv6 narrowed to a prefix
/// length that probes() looks up. The single address, if `answered` is nothing or does not hold it.
net::Network stored_network(const net::Address& address,
                            const std::optional<net::Network>& answered, const Blocks& blocks);

/// Every network that stored_network may give for an answer that holds `address`, narrowest first:
/// each prefix length from the block's on for IPv4, every fourth for IPv6.
std::vector<net::Network> probes(const net::Address& address, const Blocks& blocks);

/// The bytes of a key that name its block; empty for a key that is about no address.
std::string block_of(std::string_view key, const Blocks& blocks);

/// Whether the key is an answer's or a failure's. Nothing: neither.
std::optional<Outcome> outcome_of(std::string_view key);

}  // namespace badclients::cache
