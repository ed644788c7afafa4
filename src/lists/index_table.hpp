#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "lists/index_format.hpp"

/// Reading the index's arrays where they lie. Nothing here believes what the bytes say.
namespace badclients::lists::format {

/// An array of records. Reads by memcpy: the bytes need no alignment.
template <class Record>
class Table {
 public:
  Table() = default;

  /// Nothing where `span` does not lie within `bytes`.
  static std::optional<Table> in(std::span<const std::byte> bytes, Span span) {
    if (span.offset > bytes.size()) return std::nullopt;
    if (span.count > (bytes.size() - span.offset) / sizeof(Record)) return std::nullopt;
    Table table;
    table.first_ = bytes.data() + span.offset;
    table.size_ = span.count;
    return table;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  /// `i` < size()
  Record operator[](std::size_t i) const {
    Record record;
    std::memcpy(&record, first_ + i * sizeof(Record), sizeof record);
    return record;
  }

  /// Where in [first, last) the records end for which `before` holds; those stand in front. It
  /// takes log2(last - first) steps, even if they do not.
  template <class Before>
  std::size_t boundary(std::size_t first, std::size_t last, Before before) const {
    while (first < last) {
      const auto middle = first + (last - first) / 2;
      if (before((*this)[middle])) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first;
  }

  /// The part of `range` that exists, as [first, last).
  [[nodiscard]] std::pair<std::size_t, std::size_t> clamp(Range range) const {
    const auto first = std::min<std::size_t>(range.first, size_);
    return {first, first + std::min<std::size_t>(range.count, size_ - first)};
  }

 private:
  const std::byte* first_ = nullptr;
  std::size_t size_ = 0;
};

/// Empty where `text` does not begin within `texts`; as much of it as lies there.
inline std::string_view text_in(std::string_view texts, Text text) {
  return text.offset < texts.size() ? texts.substr(text.offset, text.length) : std::string_view();
}

/// A sorted array and its fence.
template <class Record>
struct Sorted {
  using Key = decltype(key(std::declval<Record>()));
  Table<Record> records;
  Table<Key> fence;

  /// Where the records end whose key `before` holds for.
  template <class Before>
  [[nodiscard]] std::size_t boundary(Before before) const {
    const auto block = fence.boundary(0, fence.size(), before);
    if (block == 0) return 0;
    const auto first = std::min((block - 1) * fence_step, records.size());
    const auto last = std::min(block * fence_step, records.size());
    return records.boundary(first, last, [&](const Record& record) { return before(key(record)); });
  }
};

/// The networks of one owner and family.
template <class Key>
struct NetworkTable {
  Sorted<Network<Key>> networks;
  Table<Place> places;

  /// Calls `visit(network, places, first, last)` for every network that holds `address`, the
  /// narrowest first, until it returns false. At most as many steps as an address has bits: each
  /// network's parent must be wider.
  template <class Visit>
  void holding(const Key& address, Visit visit) const {
    const auto& all = networks.records;
    auto i = networks.boundary([&](const Key& base) { return base <= address; });
    if (i == 0) return;
    auto narrower = std::uint32_t{8 * sizeof(Key) + 1};
    for (--i;;) {
      const auto network = all[i];
      if (network.prefix >= narrower) return;
      narrower = network.prefix;
      if (same_network(network.base, address, network.prefix)) {
        const auto next = i + 1 < all.size() ? all[i + 1].places : places.size();
        const auto last = std::min<std::size_t>(next, places.size());
        if (!visit(network, places, std::min<std::size_t>(network.places, last), last)) return;
      }
      if (network.parent >= i) return;
      i = network.parent;
    }
  }
};

/// The networks of one owner.
struct Networks {
  NetworkTable<Key4> v4;
  NetworkTable<Key6> v6;

  template <class Visit>
  void holding(const net::Address& address, Visit visit) const {
    if (address.is_v4()) {
      v4.holding(key4(address), visit);
    } else {
      v6.holding(key6(address), visit);
    }
  }
};

}  // namespace badclients::lists::format
