#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"
#include "registry/point.hpp"

namespace badclients::registry {

using facts::Registry;

/// Who announces a prefix. Number of a text: an AS number, whose text is its description, or
/// above those a set of ASes, whose text is their numbers.
struct Route {
  std::uint64_t origin = 0;
  unsigned prefix = 0;  ///< length of the announced prefix, which the segment lies in
  friend bool operator==(const Route&, const Route&) = default;
};

/// Whom a registry has given the address to.
struct Delegation {
  Registry registry = Registry::arin;
  std::array<char, 2> country{};  ///< two capitals; zeros: not known
  friend bool operator==(const Delegation&, const Delegation&) = default;
};

/// The most specific object of the registry's database.
struct Holder {
  std::uint64_t text = 0;  ///< number of the text: name, country, entities
  Range range;             ///< of the object, which the segment lies in
  friend bool operator==(const Holder&, const Holder&) = default;
};

/// What registry.db holds of every address from one on to the next segment's first.
struct Segment {
  std::optional<Route> route;
  std::optional<Delegation> delegation;
  std::optional<Holder> holder;
  friend bool operator==(const Segment&, const Segment&) = default;
};

/// The key of the row that has an address, or has its segment at least: the address itself for
/// IPv4, the upper 63 bits for IPv6, which are never that small. Rows begin at the first address of
/// theirs.
constexpr std::int64_t row_key(Point point) {
  return static_cast<std::int64_t>(is_v4(point) ? point - first_v4 : point >> 65);
}
constexpr Point row_first(std::int64_t key) {
  const auto number = static_cast<Point>(static_cast<std::uint64_t>(key));
  return number >> 32 == 0 ? first_v4 | number : number << 65;
}

/// Segments that follow each other, as one row of registry.db. The first one begins at the row's
/// first address, each other one at a distance from the one before. Some 14 bytes a segment, of
/// these parts in this order:
/// - distance (not in the first segment): the number of zero bits that it ends with, the other bits
/// - flags: 1 route, 2 delegation, 4 holder, 8 the holder's range is no network
/// - route: origin, prefix length
/// - delegation: registry, two letters
/// - holder: text, prefix length; where its range is no network: text, first and last address
/// The other bits of a distance, an origin and a text take seven bits a byte, the lowest first.
/// Addresses take 4 or 16 bytes. Everything else takes one byte.
class BlockWriter {
 public:
  /// In order of addresses, of one family.
  void add(Point first, const Segment& segment);
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// Whether it is as long as a row should be: four fill a page of 4 KiB.
  [[nodiscard]] bool full() const { return bytes_.size() >= 920; }
  [[nodiscard]] Point first() const { return first_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
  Point first_ = 0, last_ = 0;
};

class BlockReader {
 public:
  struct Entry {
    Point first = 0;
    Segment segment;
  };
  /// `bytes` must outlive it.
  BlockReader(Point first, std::string_view bytes) : entry_{first, {}}, bytes_(bytes) {}
  /// Valid until the next call; null at the end. Error: bytes that no BlockWriter has written.
  tl::expected<const Entry*, std::string> next();

 private:
  Entry entry_;
  std::string_view bytes_;
  bool begun_ = false;
};

/// Numbers of texts: those of ASes are the AS numbers, below `first_set`.
inline constexpr std::uint64_t first_set = std::uint64_t{1} << 32;
inline constexpr std::uint64_t first_holder = std::uint64_t{1} << 33;

}  // namespace badclients::registry
