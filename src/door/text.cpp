#include "door/text.hpp"

#include "base/utf8.hpp"

namespace badclients::door {

namespace {

constexpr std::size_t most_text = 400;

}  // namespace

std::string one_line(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = base::first_character(text);
    const auto length = character.length == 0 ? 1 : character.length;
    std::string_view shown = text.substr(0, length);
    if (character.length == 0) shown = "?";
    if (character.length != 0 && base::is_control(character.code)) shown = " ";
    if (result.size() + shown.size() > most_text) break;
    result += shown;
    text.remove_prefix(length);
  }
  const auto last = result.find_last_not_of(' ');
  result.resize(last == std::string::npos ? 0 : last + 1);
  return result;
}

}  // namespace badclients::door
