#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// Small things that everything which reads lists needs.
namespace badclients::lists {

/// ASCII only, whatever the locale.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

inline std::string lowered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

inline std::string uppered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), upper);
  return result;
}

/// Without blanks at its begin and end.
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Up to the first blank.
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
