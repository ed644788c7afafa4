#include "network/transport/text.hpp"

#include <algorithm>
#include <cstdint>

#include "base/utf8.hpp"

namespace badclients::network {

std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto end = fields.size() + 1 == most ? std::string_view::npos : text.find(separator);
    fields.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return contains(text, part); });
}

std::string country_code(std::string_view text) {
  if (text.size() != 2 || !base::is_letter(text[0]) || !base::is_letter(text[1])) return {};
  return base::uppered(text);
}

std::string to_utf8(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
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
