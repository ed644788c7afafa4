#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.hpp"

/// Files that are written and read a block at a time, with a hash of all blocks.
namespace badclients::lists {

/// The kernel keeps what is written at once as one folio in the page cache, and a login that reads
/// one byte maps the whole folio. So blocks are small.
inline constexpr std::size_t block_size = 64U << 10U;

/// All of `bytes` at `offset`. Throws std::system_error.
void write_at(int descriptor, std::string_view bytes, std::uint64_t offset);

/// Reads up to `size` bytes from `offset` on; returns how many there were. Throws
/// std::system_error.
std::size_t read_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset);
/// The same; whether all of them are there and could be read.
bool read_all_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset);

/// Writes bytes as blocks.
class BlockWriter {
 public:
  /// Takes a block and its offset: `block_size` bytes, except the last.
  using Put = std::function<void(std::string_view block, std::uint64_t offset)>;
  explicit BlockWriter(Put put) : put_(std::move(put)) { buffer_.reserve(block_size); }
  /// To a file, from `offset` on.
  BlockWriter(int descriptor, std::uint64_t offset);

  void append(std::string_view bytes);
  /// Puts the last block. Call it once, when everything is appended.
  void finish();

  /// Bytes so far.
  [[nodiscard]] std::uint64_t size() const { return put_bytes_ + buffer_.size(); }
  /// Of all blocks; after finish().
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void flush();

  Put put_;
  std::string buffer_;
  std::uint64_t put_bytes_ = 0;
  std::uint64_t hash_ = base::hash({});
};

/// The hash of `size` bytes at `offset`, as BlockWriter computes it; nothing if not all of them are
/// there, or they cannot be read. Calls `take` with each block.
std::optional<std::uint64_t> hash_of(
    int descriptor, std::uint64_t offset, std::uint64_t size,
    const std::function<void(std::string_view block)>& take = [](std::string_view) {});

}  // namespace badclients::lists
