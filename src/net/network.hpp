#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "net/address.hpp"

namespace badclients::net {

/// A block of addresses in CIDR form (RFC 4632): `192.0.2.0/24`, `2001:db8::/32`. Host bits are
/// always zero. A regular value; ordered by base address, wider networks first.
class Network {
 public:
  /// The network of `prefix` bits that `address` lies in. `prefix` <= address.bits().
  Network(const Address& address, unsigned prefix)
      : base_(address.masked(prefix)), prefix_(prefix) {}

  /// Reads `ADDRESS/PREFIX` or `ADDRESS` (one address). Host bits are cleared. An IPv4-mapped
  /// network of 96 bits or more (`::ffff:192.0.2.0/120`) becomes IPv4.
  /// Error: a sentence that quotes the input and says what is wrong with it.
  static tl::expected<Network, std::string> parse(std::string_view text);

  /// The largest network that holds `address` and nothing outside first..last (both included). The
  /// single address where the range does not hold it.
  static Network within(const Address& first, const Address& last, const Address& address);

  [[nodiscard]] const Address& base() const { return base_; }
  [[nodiscard]] Address last() const { return base_.last(prefix_); }
  [[nodiscard]] unsigned prefix() const { return prefix_; }
  [[nodiscard]] bool contains(const Address& address) const {
    return address.family() == base_.family() && address.masked(prefix_) == base_;
  }
  [[nodiscard]] bool contains(const Network& other) const {
    return other.prefix_ >= prefix_ && contains(other.base_);
  }
  [[nodiscard]] std::string str() const;

  friend auto operator<=>(const Network&, const Network&) = default;

 private:
  Address base_;
  unsigned prefix_;
};

/// Whether a range of addresses, first to last, holds `address`.
inline bool holds(const std::pair<Address, Address>& range, const Address& address) {
  return range.first.family() == address.family() && range.first <= address &&
         address <= range.second;
}

}  // namespace badclients::net
