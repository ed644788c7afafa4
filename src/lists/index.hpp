#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "lists/rulebook.hpp"
#include "net/address.hpp"

namespace badclients::lists {

/// All rules as one block of bytes, made once and asked by every login: a few point look-ups for an
/// address, a number or a literal, however many entries there are; patterns in order.
/// compile() writes it, Index reads it where it lies (in memory or mapped from a file).
std::string compile(const RuleBook& book);

/// A rule that a look-up found. Texts are valid as long as the bytes are.
struct Hit {
  std::string_view file;  ///< relative to list_path
  std::uint32_t line = 0;
  std::string_view value;  ///< the entry, canonical
  std::string where() const;
};

class Index {
 public:
  /// Error: `bytes` were not written by this version's compile(), or are damaged or cut short.
  /// Every later look-up stays within `bytes` whatever they hold.
  static tl::expected<Index, std::string> over(std::span<const std::byte> bytes);

  /// Calls `visit` with every entry that matches, until it returns false. In the order of the lists
  /// (file, then line), so the first hit is the one that the audit line names.
  using Visit = std::function<bool(const Hit&)>;
  /// Field::ip_net: networks that hold the address, the narrowest first.
  void networks(Action action, const net::Address& address, const Visit& visit) const;
  /// Entries of `field` whose canonical value is `value`: asn, as_cc, net_cc, entity (the caller
  /// lower-cases), maxmind_geo_loc, maxmind_geo_cc, maxmind_anonymous.
  void equal(Field field, Action action, std::string_view value, const Visit& visit) const;
  /// Every entry of `field`, for those that have to be tried one by one: patterns, coordinates,
  /// DNSBL zones.
  void each(Field field, Action action, const Visit& visit) const;
  /// Whether there is any entry of `field`: costs nothing.
  [[nodiscard]] bool has(Field field, Action action) const;
};

}  // namespace badclients::lists
