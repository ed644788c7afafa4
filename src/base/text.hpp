#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Characters and words. ASCII only: no locale has a say, and bytes above 127 are none of these.
namespace badclients::base {

/// What separates words: space, TAB, CR, VT and FF.
inline constexpr std::string_view blanks = " \t\r\v\f";

constexpr bool is_one_of(char c, std::string_view characters) {
  // Not find(), which is a call for every character: lists have a million lines.
  for (const char each : characters) {
    if (c == each) return true;
  }
  return false;
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
constexpr bool is_letter_or_digit(char c) {
  return is_letter(c) || is_digit(c);
}
/// No blank, no control character, nothing above 127.
constexpr bool is_visible(char c) {
  return c > ' ' && c <= '~';
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

/// Whether two texts differ in nothing but the case of letters.
inline bool same_word(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return lower(x) == lower(y); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}
/// Whether `part` stands in `text`, ignoring case.
inline bool contains(std::string_view text, std::string_view part) {
  // Not std::ranges::search: clang 14 cannot compile it with gcc 12's library.
  const auto same = [](char x, char y) { return lower(x) == lower(y); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

/// Without the characters of `edge` at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view edge = blanks) {
  while (!text.empty() && is_one_of(text.front(), edge)) text.remove_prefix(1);
  while (!text.empty() && is_one_of(text.back(), edge)) text.remove_suffix(1);
  return text;
}

/// Cuts off and returns what stands before the first `separator`; all of it where there is none.
inline std::string_view cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

/// The trimmed fields between `separator`s, at most `most` (the last one holds the rest).
inline std::vector<std::string_view> split(std::string_view text, char separator,
                                           std::size_t most = static_cast<std::size_t>(-1)) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto end = fields.size() + 1 == most ? std::string_view::npos : text.find(separator);
    fields.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

/// The parts between blanks and commas; none of them is empty.
inline std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view separators = ", \t\r\v\f";
  std::vector<std::string_view> found;
  while (true) {
    const auto first = text.find_first_not_of(separators);
    if (first == std::string_view::npos) return found;
    const auto end = std::min(text.find_first_of(separators, first), text.size());
    found.push_back(text.substr(first, end - first));
    text.remove_prefix(end);
  }
}

/// Two letters as upper case; empty where `text` is not like a country's code.
inline std::string country_code(std::string_view text) {
  if (text.size() != 2 || !is_letter(text[0]) || !is_letter(text[1])) return {};
  return uppered(text);
}

}  // namespace badclients::base
