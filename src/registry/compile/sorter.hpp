#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"

namespace badclients::registry {

/// A file without a name, for what does not fit into memory; gone when the process is.
class ScratchFile {
 public:
  /// In `folder`, which has the room. One process at a time (Replacement). Throws
  /// std::runtime_error with path and reason, as all here.
  explicit ScratchFile(const std::string& folder);

  [[nodiscard]] int descriptor() const { return file_.number(); }
  /// The file alone, at its first byte.
  base::Descriptor release() && { return std::move(file_); }
  void append(std::string_view bytes);
  /// Fills `buffer` from `offset` on; returns how many bytes there were.
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  [[noreturn]] void fail(const char* doing) const;
  std::string folder_;
  base::Descriptor file_;
  std::uint64_t size_ = 0;
};

/// Sorts any number of byte strings (as memcmp(3) does) in a fixed amount of memory: what is more
/// goes to a scratch file in sorted runs, which are merged when they are read.
class Sorter {
 public:
  /// `memory`: bytes that it takes at most while strings are added.
  Sorter(std::string folder, std::size_t memory);
  Sorter(const Sorter&) = delete;
  Sorter& operator=(const Sorter&) = delete;
  ~Sorter();

  // Each throws std::runtime_error where the scratch file cannot be written or read: disk full.

  /// At most 64 KiB.
  void add(std::string_view bytes);
  /// All are added. From here on it takes some 256 KiB a run of `memory` bytes.
  void finish();
  /// The next in order, valid until the next call; nothing at the end.
  std::optional<std::string_view> next();

 private:
  /// A string in `arena_`, and its first bytes, by which most comparisons are decided.
  struct Item {
    std::uint64_t head;
    std::uint32_t offset, size;
  };
  class Run;
  [[nodiscard]] std::string_view bytes_of(const Item& item) const {
    return {arena_.data() + item.offset, item.size};
  }
  void sort();
  void spill();
  void refill(std::unique_ptr<Run> run);

  std::string folder_;
  std::size_t most_bytes_, most_items_;
  std::vector<char> arena_;
  std::vector<Item> items_;
  std::size_t next_item_ = 0;
  std::unique_ptr<ScratchFile> scratch_;
  std::vector<std::uint64_t> run_ends_;     ///< offsets in the scratch file
  std::vector<std::unique_ptr<Run>> runs_;  ///< a heap, the smallest first
  std::unique_ptr<Run> current_;            ///< the run whose string next() has returned
};

}  // namespace badclients::registry
