#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "lists/index_format.hpp"

namespace badclients::lists {

/// A record is impossible: something has damaged the bytes after they were verified.
class DamagedIndex : public std::runtime_error {
 public:
  DamagedIndex() : std::runtime_error("the index of the lists is damaged") {}
};

}  // namespace badclients::lists

/// Reads the index's arrays in place. Nothing here trusts the bytes.
namespace badclients::lists::format {

/// An array of records. Reads by memcpy: the bytes need no alignment.
template <class Record>
class Table {
 public:
  Table() = default;

  /// Nothing: `span` does not lie within `bytes`.
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

  /// Where in [first, last) the records end for which `before` is true; these come first. Takes
  /// log2(last - first) steps, even if damaged bytes break that order.
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

/// Throws DamagedIndex if `text` does not lie within `texts`.
inline std::string_view text_in(std::string_view texts, Text text) {
  if (text.offset > texts.size() || text.length > texts.size() - text.offset) throw DamagedIndex();
  return texts.substr(text.offset, text.length);
}

/// A sorted array and its fence.
template <class Record>
struct Sorted {
  using Key = decltype(key(std::declval<Record>()));
  Table<Record> records;
  Table<Key> fence;

  /// Where the records end for whose key `before` is true. Throws DamagedIndex if zeros have misled
  /// the search.
  template <class Before>
  [[nodiscard]] std::size_t boundary(Before before) const {
    const auto block = fence.boundary(0, fence.size(), before);
    if (block == 0) return 0;
    const auto least = fence[block - 1];
    const auto first = (block - 1) * fence_step;
    if (first >= records.size() || key(records[first]) != least) throw DamagedIndex();
    const auto last = std::min(block * fence_step, records.size());
    const auto end =
        records.boundary(first, last, [&](const Record& record) { return before(key(record)); });
    if (end != first && key(records[end - 1]) < least) throw DamagedIndex();
    return end;
  }
};

/// The networks of one owner and family.
template <class Key>
struct NetworkTable {
  Sorted<Network<Key>> networks;

  /// Calls `visit(records, first, last)` for every network that holds `address`, the narrowest
  /// first, until it returns false. The network's places are the records [first, last). Takes at
  /// most as many steps as an address has bits. Throws DamagedIndex.
  template <class Visit>
  void holding(const Key& address, Visit visit) const {
    const auto& all = networks.records;
    auto last = networks.boundary([&](const Key& base) { return base <= address; });
    auto narrower = std::uint32_t{8 * sizeof(Key) + 1};
    while (last != 0) {
      const auto network = sound(last - 1);
      if (network.prefix() >= narrower) throw DamagedIndex();
      narrower = network.prefix();
      auto first = last - 1;
      auto parent = network.parent;
      if (parent != none) {
        if (parent >= first) throw DamagedIndex();
        if (const auto other = sound(parent); other.same_as(network)) {
          first = parent;
          parent = other.parent;
          if (parent != none && parent >= first) throw DamagedIndex();
        }
      }
      if (same_network(network.base, address, narrower) && !visit(all, first, last)) return;
      last = parent == none ? 0 : std::size_t{parent} + 1;
    }
  }

  /// The record, if it is possible; else throws DamagedIndex.
  [[nodiscard]] Network<Key> sound(std::size_t i) const {
    const auto network = networks.records[i];
    if (!network.can_be() || !is_base(network.base, network.prefix())) throw DamagedIndex();
    return network;
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
