#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace badclients::audit {

/// Where in a line a text is to stand.
enum class Place : unsigned char {
  brackets,  ///< inside <...>: < > and \ are written \xHH too
  bare,      ///< a field's value without brackets: space , and = too
  message,   ///< the text of a warning, for people
  json,      ///< inside a string of JSON: \ is written \xHH too, and all of that as JSON has it
};

/// `text` with everything that could act on a terminal or forge a field written as \xHH, a byte
/// each: control characters (base/utf8.hpp) and bytes that are no UTF-8, and what `place` adds.
/// Cut behind `most` bytes (of the result, between characters), with `\...` where it was cut; no
/// text can show that mark by itself in `brackets`, `bare` or `json`.
std::string escaped(std::string_view text, Place place, std::size_t most);

/// The same, behind what is in `to`.
void append_escaped(std::string& to, std::string_view text, Place place, std::size_t most);

/// What stands where something was left out.
inline constexpr std::string_view cut_mark = "\\...";
inline constexpr std::string_view cut_mark_in_json = "\\\\...";

}  // namespace badclients::audit
