#include "audit/escape.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace badclients::audit {

namespace {

std::string_view special_characters(Place place) {
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

/// How many bytes at the beginning of `text` stand for themselves: nearly always all of them.
std::size_t plain_bytes(std::string_view text, std::string_view special) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= ' ' && text[count] <= '~' &&
         special.find(text[count]) == std::string_view::npos) {
    ++count;
  }
  return count;
}

}  // namespace

std::string escaped(std::string_view text, Place place, std::size_t most) {
  const auto special = special_characters(place);
  const auto plain = plain_bytes(text, special);
  if (plain == text.size() && plain <= most) return std::string(text);
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
