#include "base/utf8.hpp"

#include <algorithm>

namespace badclients::base {

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return {first, 1};

  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;  // what is smaller has a shorter form
  if ((first & 0xe0U) == 0xc0) {
    length = 2, code = first & 0x1fU, least = 0x80;
  } else if ((first & 0xf0U) == 0xe0) {
    length = 3, code = first & 0x0fU, least = 0x800;
  } else if ((first & 0xf8U) == 0xf0) {
    length = 4, code = first & 0x07U, least = 0x10000;
  } else {
    return {};
  }
  if (text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least || surrogate || code > 0x10ffff) return {};
  return {code, length};
}

bool is_utf8(std::string_view text) {
  for (;;) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const auto* const foreign = std::find_if_not(text.begin(), text.end(), is_ascii);
    if (foreign == text.end()) return true;
    text.remove_prefix(static_cast<std::size_t>(foreign - text.begin()));
    const auto length = first_character(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
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

bool is_control(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  return code == 0x061c || code == 0x200e || code == 0x200f || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace badclients::base
