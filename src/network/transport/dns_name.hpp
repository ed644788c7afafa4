#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "net/address.hpp"

namespace badclients::network {

/// A domain name, kept in wire form (RFC 1035 section 3.1): labels of any bytes, 255 octets at
/// most, ended by the root label. Compared ignoring ASCII case (RFC 4343).
class Name {
 public:
  /// The root.
  Name() : wire_(1, '\0') {}

  /// Reads `host.example.com` with or without the last dot; `\.` `\\` and `\DDD` as in str() and
  /// RFC 1035 section 5.1. Error: a sentence that quotes the input.
  static tl::expected<Name, std::string> parse(std::string_view text);

  /// From an uncompressed name; nothing where it is none, or where bytes follow.
  static std::optional<Name> from_wire(std::span<const std::uint8_t> bytes);

  /// `252.133.162.139.ZONE` for IPv4, the 32 nibbles for IPv6 (RFC 1035 section 3.5, RFC 3596
  /// section 2.5, RFC 5782). Error: the zone is no name, or too long for that.
  static tl::expected<Name, std::string> reversed(const net::Address& address,
                                                  std::string_view zone);

  /// The text that facts, lists and logs have: no last dot, every byte as it came (UTF-8 or not,
  /// control characters too), except a dot or backslash inside a label, which is written `\.` or
  /// `\\`, so that no name can pass for another. Empty for the root.
  [[nodiscard]] std::string str() const;

  [[nodiscard]] const std::string& wire() const { return wire_; }
  [[nodiscard]] bool is_root() const { return wire_.size() == 1; }

  friend bool operator==(const Name& a, const Name& b);

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

}  // namespace badclients::network
