#include "admin/text_entry.hpp"

#include "lists/text.hpp"

namespace badclients::admin {

namespace {

bool is_letter_or_digit(char c) {
  return lists::is_letter(c) || lists::is_digit(c);
}

/// The pattern that matches `literal` alone.
std::string pattern_of(std::string_view literal) {
  std::string pattern;
  for (const char c : literal) {
    if (!is_letter_or_digit(c)) pattern += '%';
    pattern += c;
  }
  return pattern;
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
    if (escape && (++i == pattern.size() || is_letter_or_digit(pattern[i]))) return std::nullopt;
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
    const bool special = c > ' ' && c <= '~' && !is_letter_or_digit(c);
    if (special) pattern += '%';
    pattern += c;
  }
  return pattern;
}

}  // namespace badclients::admin
