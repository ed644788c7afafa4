#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

/// Reading the files that lists are made of.
namespace badclients::lists {

struct FileError {
  bool missing = false;  ///< nothing to be seen there; a broken symbolic link is something
  std::string reason;    ///< without the path: "Permission denied"
};

/// All of a regular file, of 256 MiB at most. Never waits: a FIFO or a device is an error, and so
/// is a folder.
tl::expected<std::string, FileError> read_file(const std::string& path);

/// The names of everything in a folder, in the order of their bytes, but for `.` and `..`.
tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path);

/// Whether this is one of the names that editors and package managers give to a file that is not
/// to be read: hidden, `*~`, `*.bak`, `*.dpkg-old`, ...
bool is_set_aside(std::string_view name);

/// Why the text of a file cannot be one of ours; nothing where it can: UTF-16.
std::optional<std::string> text_fault(std::string_view text);

/// One line, without its line end.
struct Line {
  std::uint32_t number = 0;  ///< counted from 1
  std::string_view text;     ///< as it stands there
};

/// Splits a text into lines, at LF, CRLF, or (where there is no LF at all) CR. A byte order mark at
/// the begin is no part of the first line; the last line needs no end.
class LineReader {
 public:
  explicit LineReader(std::string_view text);
  /// The next line; nothing at the end. Valid as long as the text is.
  std::optional<Line> next();

 private:
  std::string_view rest_;
  char end_of_line_;
  std::uint32_t number_ = 0;
};

/// Why a line that is no comment cannot be read; nothing where it can: over 4096 bytes, or control
/// characters other than TAB in it.
std::optional<std::string> line_fault(std::string_view line);

}  // namespace badclients::lists
