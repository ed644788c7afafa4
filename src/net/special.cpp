#include "net/special.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace badclients::net {

namespace {

struct Block4 {
  std::uint32_t base;
  unsigned prefix;
  std::string_view name;
};

// Names as the original logs them; 100.64.0.0/10 and 240.0.0.0/4 by their RFC.
constexpr std::array<Block4, 17> blocks4{{
    {0x00000000, 8, "This Network"},                                    // RFC 1122 section 3.2.1.3
    {0x0a000000, 8, "Private-Use Networks"},                            // RFC 1918
    {0x64400000, 10, "Shared Address Space"},                           // RFC 6598
    {0x7f000000, 8, "Loopback"},                                        // RFC 1122 section 3.2.1.3
    {0xa9fe0000, 16, "Link Local"},                                     // RFC 3927
    {0xac100000, 12, "Private-Use Networks"},                           // RFC 1918
    {0xc0000000, 24, "IETF Protocol Assignments"},                      // RFC 5736
    {0xc0000200, 24, "TEST-NET-1"},                                     // RFC 5737
    {0xc0586300, 24, "6to4 Relay Anycast"},                             // RFC 3068
    {0xc0a80000, 16, "Private-Use Networks"},                           // RFC 1918
    {0xc6120000, 15, "Network Interconnect Device Benchmark Testing"},  // RFC 2544
    {0xc6336400, 24, "TEST-NET-2"},                                     // RFC 5737
    {0xc6612600, 24, "IANA Reserved"},
    {0xcb007100, 24, "TEST-NET-3"},         // RFC 5737
    {0xe0000000, 4, "Multicast"},           // RFC 3171
    {0xffffffff, 32, "Limited Broadcast"},  // RFC 919 section 7
    {0xf0000000, 4, "Reserved"},            // RFC 1112 section 4
}};

struct Block6 {
  std::array<std::uint8_t, 6> start;  // no block is longer than 48 bits but ::/128 and ::1/128
  unsigned prefix;
  std::string_view name;
};

constexpr std::array<Block6, 9> blocks6{{
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "Local-Use IPv4/IPv6 Translation"},  // RFC 8215
    {{0x01, 0x00, 0, 0, 0, 0}, 64, "Discard-Only"},                                 // RFC 6666
    {{0x20, 0x01, 0x00, 0x02, 0, 0}, 48, "Benchmarking"},                           // RFC 5180
    {{0x20, 0x01, 0x0d, 0xb8, 0, 0}, 32, "Documentation"},                          // RFC 3849
    {{0x3f, 0xff, 0, 0, 0, 0}, 20, "Documentation"},                                // RFC 9637
    {{0x5f, 0x00, 0, 0, 0, 0}, 16, "Segment Routing SIDs"},                         // RFC 9602
    {{0xfc, 0, 0, 0, 0, 0}, 7, "Unique Local Unicast"},                             // RFC 4193
    {{0xfe, 0x80, 0, 0, 0, 0}, 10, "Link-Local"},                                   // RFC 4291
    {{0xff, 0, 0, 0, 0, 0}, 8, "Multicast"},                                        // RFC 4291
}};

std::uint32_t number(const Address& address) {
  std::uint32_t value = 0;
  for (const auto byte : address.bytes()) value = value << 8 | byte;
  return value;
}

bool in_block(std::span<const std::uint8_t> bytes, const Block6& block) {
  for (unsigned i = 0; 8 * i < block.prefix; ++i) {
    const auto kept = std::min(block.prefix - 8 * i, 8U);
    const auto wanted = i < block.start.size() ? block.start[i] : 0;
    if (((bytes[i] ^ wanted) & (0xff00U >> kept) & 0xffU) != 0) return false;
  }
  return true;
}

std::optional<std::string_view> special_purpose6(const Network& network) {
  const auto bytes = network.base().bytes();
  if (network.prefix() == 128 &&
      std::all_of(bytes.begin(), bytes.end() - 1, [](auto byte) { return byte == 0; })) {
    if (bytes.back() == 0) return "Unspecified";  // RFC 4291 section 2.5.2
    if (bytes.back() == 1) return "Loopback";     // RFC 4291 section 2.5.3
  }
  for (const auto& block : blocks6) {
    if (network.prefix() >= block.prefix && in_block(bytes, block)) return block.name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> special_purpose_around(const Network& network) {
  if (!network.base().is_v4()) return special_purpose6(network);
  const auto value = number(network.base());
  for (const auto& block : blocks4) {
    if (network.prefix() >= block.prefix && ((value ^ block.base) >> (32 - block.prefix)) == 0) {
      return block.name;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> special_purpose(const Address& address) {
  return special_purpose_around(Network{address, address.bits()});
}

std::optional<std::string_view> special_purpose(const Network& network) {
  // Blocks overlap where one holds the other, so where one holds the other's first address.
  if (const auto name = special_purpose(network.base())) return name;
  if (network.base().is_v4()) {
    for (const auto& block : blocks4) {
      if (network.contains(Address::v4(block.base))) return block.name;
    }
    return std::nullopt;
  }
  for (const auto& block : blocks6) {
    std::array<std::uint8_t, 16> bytes{};
    std::ranges::copy(block.start, bytes.begin());
    if (network.contains(Address::v6(bytes))) return block.name;
  }
  return std::nullopt;
}

}  // namespace badclients::net
