#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "base/stamp.hpp"
#include "lists/blocks.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"

/// Keeps what files, folders and links said when they could last be read.
namespace badclients::lists {

using base::Descriptor;

using base::TimePoint;

enum class TextKind : std::uint32_t { file, folder, link };

namespace format {

/// A text in the file that keeps it.
struct StoredText {
  std::uint64_t offset, size, hash;
  std::int64_t read;                       // seconds since 1970
  std::uint64_t path_offset, path_length;  // among the paths
  std::uint32_t kind, has_line_feed;
};

/// Where a file has its stored texts: records, then paths.
struct StoredTexts {
  std::uint64_t offset, count, path_bytes;
  std::uint64_t hash;  // of both
};

}  // namespace format

/// The texts in an earlier file.
class StoredTexts {
 public:
  StoredTexts() = default;
  /// Has none if they are damaged.
  StoredTexts(Descriptor file, const format::StoredTexts& place);

  /// nullptr: there is none.
  [[nodiscard]] const format::StoredText* find(TextKind kind, const std::string& path) const;
  [[nodiscard]] int descriptor() const { return file_.number(); }
  [[nodiscard]] bool empty() const { return texts_.empty(); }

 private:
  Descriptor file_;
  std::map<std::pair<TextKind, std::string>, format::StoredText> texts_;
};

/// Writes texts to a file, one behind the other. Throws std::system_error if that file cannot be
/// written.
class TextStore {
 public:
  /// `descriptor` must stay open as long as this lives. `last`: texts to fall back to.
  TextStore(int descriptor, std::uint64_t offset, StoredTexts last);

  /// Copies a file. On an error keeps no part of it.
  tl::expected<SourceText, FileError> copy(const std::string& path, TimePoint now);
  void keep(TextKind kind, const std::string& path, std::string_view text, TimePoint now);

  [[nodiscard]] bool has_last(TextKind kind, const std::string& path) const {
    return last_.find(kind, path) != nullptr;
  }
  struct Kept {
    SourceText text;
    TimePoint read;
  };
  /// What it said last, which stays kept; nothing: not known.
  std::optional<Kept> last(TextKind kind, const std::string& path);

  /// Writes records and paths.
  format::StoredTexts finish();
  /// The offset behind everything written.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  SourceText add(TextKind kind, const std::string& path, format::StoredText text);
  SourceText add(TextKind kind, const std::string& path, BlockWriter writer, bool line_feed,
                 TimePoint now);

  int descriptor_;
  std::uint64_t end_;
  StoredTexts last_;
  std::vector<format::StoredText> texts_;
  std::string paths_;
};

}  // namespace badclients::lists
