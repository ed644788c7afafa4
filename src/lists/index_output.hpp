#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lists/blocks.hpp"
#include "lists/index_format.hpp"

namespace badclients::lists::format {

/// Throws std::length_error where an index of so many bytes is larger than a login may map.
void check_length(std::uint64_t bytes);

/// An index as it is written, array by array. Throws std::length_error where it gets larger than a
/// login may map, and what writing throws.
class Output {
 public:
  /// Offsets count from format::body.
  explicit Output(BlockWriter::Put put) : writer_(std::move(put)) {}

  /// Where the next array begins.
  std::uint64_t start();

  template <class Record>
  void add(const Record& record) {
    append({reinterpret_cast<const char*>(&record), sizeof record});
  }

  template <class Records>
  Span add_all(const Records& records) {
    const Span span{start(), records.size()};
    append(
        {reinterpret_cast<const char*>(records.data()), records.size() * sizeof records.front()});
    return span;
  }

  template <class Records>
  Span add_fence(const Records& records) {
    Span span{start(), 0};
    for (std::size_t i = 0; i < records.size(); i += fence_step, ++span.count) {
      add(key(records[i]));
    }
    return span;
  }

  /// To be called once, at the end. The length of all, the header included.
  std::uint64_t finish();
  /// Of all that was added; after finish().
  [[nodiscard]] std::uint64_t hash() const { return writer_.hash(); }

 private:
  void append(std::string_view bytes);

  BlockWriter writer_;
};

}  // namespace badclients::lists::format
