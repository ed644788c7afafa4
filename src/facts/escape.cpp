#include "facts/escape.hpp"

#include <algorithm>

namespace badclients::facts {

namespace {

constexpr std::string_view plain_bytes{"\t\n\r\0\\", 5};
constexpr std::string_view escape_letters = "tnr0\\";

constexpr bool is_plain(char byte) {
  return byte > '\r' ? byte != '\\' : plain_bytes.find(byte) == std::string_view::npos;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string field;
  field.reserve(text.size());
  for (const char byte : text) {
    if (const auto at = plain_bytes.find(byte); at != std::string_view::npos) {
      field += '\\';
      field += escape_letters[at];
    } else {
      field += byte;
    }
  }
  return field;
}

tl::expected<std::string, std::string> unescaped(std::string_view field) {
  if (std::all_of(field.begin(), field.end(), is_plain)) return std::string(field);
  std::string text;
  text.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\') {
      ++i;
      const auto at = i < field.size() ? escape_letters.find(field[i]) : std::string_view::npos;
      if (at == std::string_view::npos) return tl::unexpected<std::string>("bad escape");
      text += plain_bytes[at];
    } else if (plain_bytes.find(field[i]) != std::string_view::npos) {
      return tl::unexpected<std::string>("control byte in a field");
    } else {
      text += field[i];
    }
  }
  return text;
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string result{text.substr(0, longest)};
  for (char& byte : result) {
    if (byte < ' ' || byte > '~') byte = '?';
  }
  return result;
}

}  // namespace badclients::facts
