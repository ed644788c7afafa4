#pragma once

#include <string_view>
#include <vector>

namespace badclients::config {

/// One line of an INI file that is neither blank nor a comment.
struct IniLine {
  enum class Kind { section, setting, neither };
  Kind kind = Kind::neither;
  unsigned number = 0;     ///< counted from 1
  std::string_view name;   ///< of the section, or of the key; the whole line where it is neither
  std::string_view value;  ///< of a setting: all behind the `=`, blanks around it stripped
};

/// Splits `text` into lines: `[section]`, `key = value`; blanks around names and values, CR before
/// LF and a byte order mark are dropped, lines that begin (after blanks) with `;` or `#` are
/// comments. Never fails: a line that is neither comes back as such. The result views into `text`.
std::vector<IniLine> split_ini(std::string_view text);

/// `value` up to a trailing comment: a `;` or `#` that stands behind a blank.
std::string_view without_comment(std::string_view value);

}  // namespace badclients::config
