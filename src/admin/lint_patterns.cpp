#include <algorithm>
#include <cctype>

#include "admin/lint.hpp"

namespace badclients::admin {

namespace {

/// What stands before the place that is being looked at.
enum class Before : unsigned char { nothing, plain, special };

bool plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// The part of `pattern` behind a set that begins at `start` ("[%w.-]"); its size where the set is
/// not closed.
std::size_t behind_set(std::string_view pattern, std::size_t start) {
  auto i = start + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    i += pattern[i] == '%' ? 2 : 1;
  }
  return std::min(i + 1, pattern.size());
}

/// What is wrong with the character at `i`, outside of sets and escapes.
std::string_view doubtful_at(std::string_view pattern, std::size_t i, Before before) {
  const auto next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
  switch (pattern[i]) {
    case '*':
      if (before == Before::plain) {
        return "the * repeats only the one character before it; any text is .*";
      }
      [[fallthrough]];
    case '+':
      return before == Before::nothing ? "nothing stands before the repetition; any text is .*"
                                       : "";
    case '{':
      return std::isdigit(static_cast<unsigned char>(next)) != 0
                 ? "there are no counted repetitions; { stands for itself"
                 : "";
    case '(':
      return next == '?' ? "there is no (?...) in Lua patterns" : "";
    default:
      return "";
  }
}

}  // namespace

std::string doubtful(std::string_view pattern) {
  if (pattern.starts_with('\'') || pattern.starts_with('"')) return {};
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  auto before = Before::nothing;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern[i] == '%') {
      before = Before::special;
      i += 2;
    } else if (pattern[i] == '[') {
      before = Before::special;
      i = behind_set(pattern, i);
    } else {
      const auto doubt = doubtful_at(pattern, i, before);
      if (!doubt.empty()) return std::string(doubt);
      before = plain(pattern[i]) ? Before::plain : Before::special;
      ++i;
    }
  }
  return {};
}

}  // namespace badclients::admin
