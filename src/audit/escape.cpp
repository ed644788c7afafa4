#include "audit/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/utf8.hpp"

namespace badclients::audit {

namespace {

constexpr std::string_view special_characters(Place place) {
  switch (place) {
    case Place::brackets:
      return "<>\\";
    case Place::bare:
      return "<>\\ ,=";
    case Place::json:
      return "\"\\";
    case Place::message:
      break;
  }
  return {};
}

/// By byte, by place in a field: whether it stands for itself and is all of a character.
using Plain = std::array<std::array<bool, 256>, 4>;

constexpr Plain plain_bytes() {
  Plain plain{};
  for (const auto place : {Place::brackets, Place::bare, Place::message, Place::json}) {
    auto& bytes = plain.at(static_cast<std::size_t>(place));
    for (unsigned char byte = ' '; byte <= '~'; ++byte) bytes.at(byte) = true;
    for (const char byte : special_characters(place)) {
      bytes.at(static_cast<unsigned char>(byte)) = false;
    }
  }
  return plain;
}

/// The same as `plain_bytes` has it, of a whole line: without branches, for vectors of bytes.
bool is_plain_message(std::string_view text) {
  unsigned char furthest = 0;
  for (const char byte : text)
    furthest = std::max(furthest, static_cast<unsigned char>(byte - ' '));
  return furthest <= '~' - ' ';
}

/// Whether all of `text` stands for itself, as nearly always: a login escapes some fifty values.
bool is_plain(std::string_view text, Place place) {
  if (place == Place::message) return is_plain_message(text);
  static constexpr auto plain = plain_bytes();
  const auto& bytes = plain.at(static_cast<std::size_t>(place));
  return std::all_of(text.begin(), text.end(),
                     [&](char byte) { return bytes[static_cast<unsigned char>(byte)]; });
}

/// What a character becomes that cannot stand for itself.
std::string escape_of(std::string_view character, Place place) {
  if (place == Place::json && character == "\"") return "\\\"";
  const auto* const backslash = place == Place::json ? "\\\\" : "\\";
  std::string result;
  for (const char c : character) {
    fmt::format_to(std::back_inserter(result), "{}x{:02x}", backslash,
                   static_cast<unsigned char>(c));
  }
  return result;
}

}  // namespace

std::string escaped(std::string_view text, Place place, std::size_t most) {
  std::string result;
  append_escaped(result, text, place, most);
  return result;
}

void append_escaped(std::string& to, std::string_view text, Place place, std::size_t most) {
  if (text.size() <= most && is_plain(text, place)) {
    to += text;
    return;
  }
  const auto special = special_characters(place);
  const auto begin = to.size();
  while (!text.empty()) {
    const auto character = base::first_character(text);
    const auto length = character.length == 0 ? 1 : character.length;
    const bool escape = character.length == 0 || base::is_control(character.code) ||
                        special.find(text.front()) != std::string_view::npos;
    const auto bytes = text.substr(0, length);
    const auto piece = escape ? escape_of(bytes, place) : std::string(bytes);
    if (to.size() - begin + piece.size() > most) {
      to += place == Place::json ? cut_mark_in_json : cut_mark;
      return;
    }
    to += piece;
    text.remove_prefix(length);
  }
}

}  // namespace badclients::audit
