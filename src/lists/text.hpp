#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.hpp"

/// Small functions for all that reads lists.
namespace badclients::lists {

using base::is_digit;
using base::is_letter;
using base::lower;
using base::lowered;
using base::upper;
using base::uppered;

/// What badclients-lists(5) calls a blank.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
/// The text without blanks at its begin and end.
constexpr std::string_view trimmed(std::string_view text) {
  return base::trimmed(text, " \t");
}

/// The text up to the first blank.
constexpr std::string_view first_word(std::string_view text) {
  // Not find_first_of, which costs a call for every character: lists have a million lines.
  std::size_t length = 0;
  while (length < text.size() && !is_blank(text[length])) ++length;
  return text.substr(0, length);
}

/// Whether a line of a list or client file is a comment: begins with `--`, `#` or `;`.
constexpr bool is_comment(std::string_view trimmed_line) {
  return trimmed_line.starts_with("--") || trimmed_line.starts_with('#') ||
         trimmed_line.starts_with(';');
}

}  // namespace badclients::lists
