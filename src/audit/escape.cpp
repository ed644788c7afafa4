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
    case Place::message:
      break;
  }
  return {};
}

/// By byte, by place: whether it stands for itself and is all of a character.
using Plain = std::array<std::array<bool, 256>, 3>;

constexpr Plain plain_bytes() {
  Plain plain{};
  for (const auto place : {Place::brackets, Place::bare, Place::message}) {
    auto& bytes = plain.at(static_cast<std::size_t>(place));
    for (unsigned char byte = ' '; byte <= '~'; ++byte) bytes.at(byte) = true;
    for (const char byte : special_characters(place)) {
      bytes.at(static_cast<unsigned char>(byte)) = false;
    }
  }
  return plain;
}

/// Whether all of `text` stands for itself, as nearly always: a login escapes some fifty values.
bool is_plain(std::string_view text, Place place) {
  static constexpr auto plain = plain_bytes();
  const auto& bytes = plain.at(static_cast<std::size_t>(place));
  return std::all_of(text.begin(), text.end(),
                     [&](char byte) { return bytes[static_cast<unsigned char>(byte)]; });
}

}  // namespace

std::string escaped(std::string_view text, Place place, std::size_t most) {
  if (text.size() <= most && is_plain(text, place)) return std::string(text);
  const auto special = special_characters(place);
  std::string result;
  while (!text.empty()) {
    const auto character = base::first_character(text);
    const auto length = character.length == 0 ? 1 : character.length;
    const bool escape = character.length == 0 || base::is_control(character.code) ||
                        special.find(text.front()) != std::string_view::npos;
    if (result.size() + (escape ? 4 * length : length) > most) return result.append(cut_mark);
    for (const char c : text.substr(0, length)) {
      if (escape) {
        fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned char>(c));
      } else {
        result += c;
      }
    }
    text.remove_prefix(length);
  }
  return result;
}

}  // namespace badclients::audit
