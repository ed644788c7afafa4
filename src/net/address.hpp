#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// IP addresses, networks and the blocks that mean something special. No I/O, no policy.
namespace badclients::net {

enum class Family : std::uint8_t { v4, v6 };

/// One IPv4 or IPv6 address, without port and without scope id. A regular value; ordered by family,
/// then numerically.
class Address {
 public:
  /// 0.0.0.0
  Address() = default;

  /// Reads the text forms of RFC 4291 section 2.2 and dotted decimal (no leading zeros). A scope id
  /// (`fe80::1%eth0`, RFC 4007) is dropped. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) becomes IPv4.
  /// Error: a sentence that quotes the input.
  static tl::expected<Address, std::string> parse(std::string_view text);

  /// From a number in host byte order: v4(0x7f000001) is 127.0.0.1.
  static Address v4(std::uint32_t number);
  /// From sixteen bytes in network order; IPv4-mapped IPv6 becomes IPv4.
  static Address v6(const std::array<std::uint8_t, 16>& bytes);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
  /// 32 or 128.
  [[nodiscard]] unsigned bits() const { return is_v4() ? 32 : 128; }
  /// Four or sixteen bytes in network order; valid as long as the address is.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), is_v4() ? 4U : 16U};
  }
  /// RFC 5952 for IPv6, dotted decimal for IPv4.
  [[nodiscard]] std::string str() const;

  /// The address that counts: the IPv4 address that a NAT64 address (64:ff9b::/96, RFC 6052) or a
  /// 6to4 address (2002::/16, RFC 3056) carries, else the address itself.
  [[nodiscard]] Address carried() const;

  /// This address with all but the first `prefix` bits cleared. `prefix` <= bits().
  [[nodiscard]] Address masked(unsigned prefix) const;
  /// This address with all but the first `prefix` bits set. `prefix` <= bits().
  [[nodiscard]] Address last(unsigned prefix) const;

  /// The address behind this one; the first of its family behind the last.
  [[nodiscard]] Address next() const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four, the rest zero
};

}  // namespace badclients::net
