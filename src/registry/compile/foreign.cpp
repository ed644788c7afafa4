#include "registry/compile/foreign.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "facts/serialise.hpp"

namespace badclients::registry {

namespace {

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return text.size() <= facts::longest_field;
}

}  // namespace

std::string foreign_text(std::string_view text) {
  constexpr std::uint32_t no_break_space = 0xa0;
  text = base::trimmed(text);
  if (is_plain(text)) return std::string(text);
  const auto decoded = base::to_utf8(text);
  std::string result;
  for (std::string_view rest = decoded; !rest.empty();) {
    const auto [code, length] = base::first_character(rest);
    const bool blank = base::is_control(code) || code == no_break_space;
    const auto character = blank ? std::string_view(" ") : rest.substr(0, length);
    if (result.size() + character.size() > facts::longest_field) break;
    result += character;
    rest.remove_prefix(length);
  }
  return std::string(base::trimmed(result));
}

}  // namespace badclients::registry
