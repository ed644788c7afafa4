#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/index.hpp"
#include "lists/index_file_format.hpp"
#include "lists/rulebook.hpp"
#include "lists/sources.hpp"

/// The index as a file: what compile() made, what it was made from, and what was wrong with that.
namespace badclients::lists {

/// The bytes of such a file. `list_path` as it was read.
std::string pack(const RuleBook& book, const std::string& list_path);

/// A file's bytes in memory, as they lie there: nothing is read before it is looked at. Where
/// somebody cuts the file short meanwhile, looking at it raises SIGBUS; we never write to one that
/// has its name.
class Mapping {
 public:
  /// Nothing where it cannot be mapped, or is empty.
  static std::optional<Mapping> of(int descriptor, std::size_t size);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit Mapping(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

/// What became of the sources since they were read.
struct Freshness {
  bool changed = false;  ///< what they say may be something else now
  /// They say the same, but their stamps alone do not tell: their contents had to be read. What
  /// remembers the stamps of now, where those will tell.
  std::optional<std::vector<Stamp>> stamps;
};

/// Such a file's bytes, in place. Everything in them is foreign: whatever they hold, nothing
/// outside of them is looked at.
class IndexFile {
 public:
  /// Error: they are no index made by this program from `list_path`, as a half-sentence ("it was
  /// made by another version"). In constant time but for the sources.
  static tl::expected<IndexFile, std::string> over(std::span<const std::byte> bytes,
                                                   const std::string& list_path);

  [[nodiscard]] const Index& index() const { return index_; }

  /// Lines of lists that have no effect: how many, and the first of them, in words.
  [[nodiscard]] std::size_t fault_count() const { return fault_count_; }
  [[nodiscard]] std::vector<std::string> faults() const;

  /// A stat() a source; the content of those that this says nothing about.
  [[nodiscard]] Freshness freshness(const WallClock& clock) const;

  /// The same file with other stamps, as freshness() found them.
  [[nodiscard]] std::string with_stamps(const std::vector<Stamp>& stamps) const;

 private:
  explicit IndexFile(Index index) : index_(std::move(index)) {}
  [[nodiscard]] const char* path(format::Text text) const;

  std::span<const std::byte> bytes_;
  std::string_view texts_;
  format::Table<format::SourceRecord> sources_;
  format::Table<format::Text> faults_;
  std::size_t fault_count_ = 0;
  Index index_;
};

}  // namespace badclients::lists
