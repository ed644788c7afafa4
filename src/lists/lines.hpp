#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The lines of lists and client files.
namespace badclients::lists {

/// The text of a file as it was read once: in memory, or at its place in another file.
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
  std::string_view text;     ///< as it stands there; of one that is too long the begin
};

/// Splits a text into lines, at LF, CRLF, or (where there is no LF at all) CR. A byte order mark at
/// the begin is no part of the first line; the last line needs no end.
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
  std::uint64_t loaded_ = 0;  // bytes of the text that rest_ has had
  std::string_view rest_;     // of what is loaded
  std::string split_;         // the begin of a line that lies in two pieces or more
  std::uint32_t number_ = 0;
};

/// Why a line that is no comment cannot be read; nothing where it can: over 4096 bytes, or control
/// characters other than TAB in it.
std::optional<std::string> line_fault(std::string_view line);

}  // namespace badclients::lists
