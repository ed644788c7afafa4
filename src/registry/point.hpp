#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "net/address.hpp"

/// Registry data: what registries and route collectors publish in bulk, compiled into registry.db,
/// where a login looks addresses up without asking anybody.
namespace badclients::registry {

/// An address as a number. IPv4 addresses are the IPv4-mapped block ::ffff:0:0/96, in which no
/// net::Address is an IPv6 one, so that both families lie in one order.
__extension__ using Point = unsigned __int128;

inline constexpr Point first_v4 = Point{0xffff} << 32;
inline constexpr Point last_v4 = first_v4 | 0xffffffffU;
/// IPv6 addresses below it (::/16) are nobody's: RFC 4291 reserves them.
inline constexpr Point first_v6 = Point{1} << 112;

constexpr bool is_v4(Point point) {
  return point >> 32 == 0xffff;
}

inline Point point_of(const net::Address& address) {
  Point point = 0;
  for (const auto byte : address.bytes()) point = point << 8 | byte;
  return address.is_v4() ? first_v4 | point : point;
}

inline net::Address address_of(Point point) {
  if (is_v4(point)) return net::Address::v4(static_cast<std::uint32_t>(point));
  std::array<std::uint8_t, 16> bytes{};
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, point >>= 8) {
    *byte = static_cast<std::uint8_t>(point);
  }
  return net::Address::v6(bytes);
}

/// First and last address, both included, of one family; first <= last.
struct Range {
  Point first = 0, last = 0;

  [[nodiscard]] Point size_less_one() const { return last - first; }
  [[nodiscard]] bool contains(Point point) const { return first <= point && point <= last; }
  [[nodiscard]] bool contains(const Range& other) const {
    return first <= other.first && other.last <= last;
  }
  friend bool operator==(const Range&, const Range&) = default;
};

/// The range of `length` equal leading bits around `point`. `length`: 0 to 32 or 128.
inline Range range_around(Point point, unsigned length) {
  const unsigned host_bits = (is_v4(point) ? 32U : 128U) - length;
  const Point host = host_bits == 128 ? ~Point{0} : (Point{1} << host_bits) - 1;
  return {point & ~host, point | host};
}

/// The prefix length of a range that is a network; nothing where it is none.
inline std::optional<unsigned> prefix_length(const Range& range) {
  const Point host = range.first ^ range.last;
  if ((host & (host + 1)) != 0 || (range.first & host) != 0) return std::nullopt;
  unsigned length = is_v4(range.first) ? 32 : 128;
  for (Point bits = host; bits != 0; bits >>= 1) --length;
  return length;
}

}  // namespace badclients::registry
