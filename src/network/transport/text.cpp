#include "network/transport/text.hpp"

#include <algorithm>
#include <cstdint>

namespace badclients::network {

namespace {

constexpr std::string_view blanks = " \t\r";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Length of the well-formed UTF-8 sequence that `text` begins with (Unicode, table 3-7); 0 where
/// there is none.
std::size_t sequence_length(std::string_view text) {
  const auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto between = [](unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
  };
  const auto tail = [&](std::size_t i) { return between(at(i), 0x80, 0xbf); };
  const unsigned lead = at(0), second = at(1);
  if (lead < 0x80) return 1;
  if (between(lead, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
  if (between(lead, 0xe0, 0xef)) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    return between(second, low, high) && tail(2) ? 3 : 0;
  }
  if (between(lead, 0xf0, 0xf4)) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    return between(second, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto end = fields.size() + 1 == most ? std::string_view::npos : text.find(separator);
    fields.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view between = " \t\r,";
  std::vector<std::string_view> found;
  for (;;) {
    const auto first = text.find_first_not_of(between);
    if (first == std::string_view::npos) return found;
    text.remove_prefix(first);
    const auto length = std::min(text.find_first_of(between), text.size());
    found.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lowered);
  return result;
}

bool contains(std::string_view text, std::string_view part) {
  // Not std::ranges::search: clang 14 cannot compile it with gcc 12's library.
  const auto same = [](char a, char b) { return lowered(a) == b; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return contains(text, part); });
}

std::string country_code(std::string_view text) {
  if (text.size() != 2 || !is_letter(text[0]) || !is_letter(text[1])) return {};
  std::string code(text);
  for (char& c : code) c = static_cast<char>(c & ~0x20);
  return code;
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string converted;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      converted += c;
    } else {
      converted += static_cast<char>(0xc0 | byte >> 6);
      converted += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return converted;
}

}  // namespace badclients::network
