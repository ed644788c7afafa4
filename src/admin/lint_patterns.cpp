// TextEntry, and what patterns are taken for: shell globs, regular expressions.

#include <algorithm>

#include "admin/lint_text.hpp"
#include "lists/text.hpp"

namespace badclients::admin {

namespace {

using lists::Pattern;
using Kind = Pattern::Kind;

/// Whether the outermost character, seen from `begin`, may be one of `characters`. `edge` is the
/// one of a balance.
template <class Iterator>
bool may_touch(Iterator begin, Iterator end, const TextEntry::Characters& characters,
               char Pattern::Item::*edge) {
  for (; begin != end; ++begin) {
    const auto& item = *begin;
    if (item.kind == Kind::back) return true;
    if (item.kind == Kind::frontier) continue;
    if (item.kind == Kind::balance) return characters[static_cast<unsigned char>(item.*edge)];
    if ((item.set & characters).any()) return true;
    if (item.required()) return false;
  }
  return false;
}

}  // namespace

TextEntry::TextEntry(std::string_view entry) : pattern_(Pattern::parse(entry)) {
  if (entry.starts_with('\'') || entry.starts_with('"')) literal_ = entry.substr(1);
}

std::optional<std::string> TextEntry::only_text() const {
  if (literal_) return std::string(*literal_);
  if (!pattern_) return std::nullopt;
  std::string text;
  for (const auto& item : pattern_->items()) {
    if (item.kind != Kind::single || item.set.count() != 1) return std::nullopt;
    std::size_t c = 0;
    while (!item.set[c]) ++c;
    text += static_cast<char>(c);
  }
  return text;
}

bool TextEntry::needs(const Characters& characters) const {
  const auto has = [&](char c) { return characters[static_cast<unsigned char>(c)]; };
  return pattern_ && std::ranges::any_of(pattern_->items(), [&](const auto& item) {
           if (item.kind == Kind::balance) return has(item.open) || has(item.close);
           return item.required() && (item.set & ~characters).none();
         });
}

bool TextEntry::needs_upper_case() const {
  return needs(these("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

std::optional<char> TextEntry::needed_of(std::string_view characters) const {
  const auto* const found = std::ranges::find_if(characters, [&](const char& c) {
    return needs(these({&c, 1}));
  });
  return found == characters.end() ? std::nullopt : std::optional(*found);
}

bool TextEntry::may_begin_with(const Characters& characters) const {
  return !pattern_ || may_touch(pattern_->items().begin(), pattern_->items().end(), characters,
                                &Pattern::Item::open);
}

bool TextEntry::may_end_with(const Characters& characters) const {
  return !pattern_ || may_touch(pattern_->items().rbegin(), pattern_->items().rend(), characters,
                                &Pattern::Item::close);
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
    if (c > ' ' && c <= '~' && !base::is_letter_or_digit(c)) pattern += '%';
    pattern += c;
  }
  return pattern;
}

std::string_view doubtful(std::string_view pattern) {
  const auto parsed = Pattern::parse(pattern);
  if (!parsed) return {};
  const auto& items = parsed->items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = items[i];
    if (item.kind == Kind::any_number && !item.lazy && base::is_letter_or_digit(item.plain)) {
      return "the * repeats only the one character before it; any text is .*";
    }
    if (i == 0 && (item.plain == '*' || item.plain == '+')) {
      return "nothing stands before the repetition; any text is .*";
    }
    if (item.plain == '{' && i + 1 < items.size() && lists::is_digit(items[i + 1].plain)) {
      return "there are no counted repetitions; { stands for itself";
    }
    if (item.plain == '?' && pattern.find("(?") != std::string_view::npos) {
      return "there is no (?...) in Lua patterns";
    }
  }
  return {};
}

}  // namespace badclients::admin
