// TextEntry, and what patterns are taken for: shell globs, regular expressions.

#include <algorithm>

#include "admin/lint_text.hpp"
#include "lists/text.hpp"

namespace badclients::admin {

namespace {

bool is_word(char c) {
  return lists::is_letter(c) || lists::is_digit(c);
}

/// The pattern that matches `literal` alone.
std::string pattern_of(std::string_view literal) {
  std::string pattern;
  for (const char c : literal) {
    if (!is_word(c)) pattern += '%';
    pattern += c;
  }
  return pattern;
}

/// Where a set that begins at `start` ends ("[%w.-]"); at the last character where it does not.
std::size_t end_of_set(std::string_view pattern, std::size_t start) {
  auto i = start + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    i += pattern[i] == '%' ? 2 : 1;
  }
  return std::min(i, pattern.size() - 1);
}

}  // namespace

TextEntry::TextEntry(std::string_view entry) : entry_(entry) {
  if (entry.starts_with('\'') || entry.starts_with('"')) literal_ = entry.substr(1);
  auto items = lists::PatternItems::parse(literal_ ? pattern_of(*literal_) : std::string(entry));
  if (items) items_ = std::move(*items);
}

std::optional<std::string> TextEntry::only_text() const {
  if (literal_) return std::string(*literal_);
  auto pattern = entry_;
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  if (items_ && items_->anchored_end()) pattern.remove_suffix(1);
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escape = pattern[i] == '%';
    if (escape && (++i == pattern.size() || is_word(pattern[i]))) return std::nullopt;
    if (!escape && std::string_view{"^$*+?.([-"}.find(pattern[i]) != std::string_view::npos) {
      return std::nullopt;
    }
    text += pattern[i];
  }
  return text;
}

bool TextEntry::needs(const Characters& characters) const {
  return items_ && !items_->may_consist_of(~characters);
}

bool TextEntry::needs_upper_case() const {
  return !entry_.starts_with('\'') && needs(these("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

std::optional<char> TextEntry::needed_of(std::string_view characters) const {
  const auto* const found = std::ranges::find_if(characters, [&](const char& c) {
    return needs(these({&c, 1}));
  });
  return found == characters.end() ? std::nullopt : std::optional(*found);
}

bool TextEntry::may_begin_with(const Characters& characters) const {
  return !items_ || items_->may_begin_with(characters);
}

bool TextEntry::may_end_with(const Characters& characters) const {
  return !items_ || items_->may_end_with(characters);
}

TextEntry::Characters these(std::string_view characters) {
  TextEntry::Characters set;
  for (const char c : characters) set.set(static_cast<unsigned char>(c));
  return set;
}

std::string as_pattern(std::string_view glob) {
  std::string pattern;
  for (const char c : glob) {
    if (c == '*') {
      if (!pattern.ends_with(".*")) pattern += ".*";
      continue;
    }
    if (c > ' ' && c <= '~' && !is_word(c)) pattern += '%';
    pattern += c;
  }
  return pattern;
}

std::string_view doubtful(std::string_view pattern) {
  if (pattern.starts_with('\'') || pattern.starts_with('"')) return {};
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  bool after_plain = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c == '*' && after_plain) {
      return "the * repeats only the one character before it; any text is .*";
    }
    if ((c == '*' || c == '+') && i == 0) {
      return "nothing stands before the repetition; any text is .*";
    }
    if (c == '{' && lists::is_digit(next)) {
      return "there are no counted repetitions; { stands for itself";
    }
    if (c == '(' && next == '?') return "there is no (?...) in Lua patterns";
    after_plain = is_word(c);
    if (c == '%') ++i;
    if (c == '[') i = end_of_set(pattern, i);
  }
  return {};
}

}  // namespace badclients::admin
