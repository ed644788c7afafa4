#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of lists and client files.
namespace badclients::lists {

/// The text of a file that was read: in memory, or at a place in another file.
class SourceText {
 public:
  explicit SourceText(std::string text);
  /// `size` bytes at `offset` of a file that stays open as long as this lives.
  SourceText(int descriptor, std::uint64_t offset, std::uint64_t size, bool has_line_feed);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool has_line_feed() const { return has_line_feed_; }
  /// Bytes from `at` on, none at the end; valid until the next call. Throws std::system_error.
  [[nodiscard]] std::string_view from(std::uint64_t at);

 private:
  std::string text_;  // or a block of the file
  int descriptor_ = -1;
  std::uint64_t offset_ = 0, size_ = 0;
  bool has_line_feed_ = false;
};

/// One line, without its line end.
struct Line {
  std::uint32_t number = 0;  ///< counted from 1
  std::string_view text;     ///< as it stands in the file; if it is too long, its begin
};

/// Splits a text into lines, at LF, CRLF, or (if there is no LF at all) CR. Skips a byte order mark
/// at the begin. The last line needs no line end.
class LineReader {
 public:
  explicit LineReader(SourceText text);
  explicit LineReader(std::string_view text) : LineReader(SourceText(std::string(text))) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line; nothing at the end. Valid until the next call. Throws std::system_error.
  std::optional<Line> next();

 private:
  bool load();
  void split_off(std::size_t length);

  SourceText text_;
  char end_of_line_;
  std::uint64_t loaded_ = 0;  // bytes of the text that were loaded so far
  std::string_view rest_;     // the part of the loaded bytes that is left
  std::string split_;         // the begin of a line that is split over several pieces
  std::uint32_t number_ = 0;
};

/// Why a line that is no comment cannot be read: it is over 4096 bytes, or has control characters
/// other than TAB. Nothing: it can be read.
std::optional<std::string> line_fault(std::string_view line);

}  // namespace badclients::lists
