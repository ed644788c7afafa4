#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lists/pattern_items.hpp"

namespace badclients::admin {

/// An entry of a list of patterns, and what is certain of the values that it can match.
class TextEntry {
 public:
  using Characters = lists::PatternItems::Characters;

  /// `entry` outlives it.
  explicit TextEntry(std::string_view entry);

  /// What stands behind the quote of a literal; nothing where it is a pattern.
  [[nodiscard]] const std::optional<std::string_view>& literal() const { return literal_; }
  [[nodiscard]] bool ignores_case() const { return entry_.starts_with('\''); }
  /// What it matches, where that is one text: a literal, or a pattern without anything special.
  [[nodiscard]] std::optional<std::string> only_text() const;

  /// Whether every value that it matches has one of these in it.
  [[nodiscard]] bool needs(const Characters& characters) const;
  /// False is certain.
  [[nodiscard]] bool may_begin_with(const Characters& characters) const;
  [[nodiscard]] bool may_end_with(const Characters& characters) const;

 private:
  std::string_view entry_;
  std::optional<std::string_view> literal_;
  std::optional<lists::PatternItems> items_;  // of a literal, but for case
};

/// The set of these characters.
TextEntry::Characters these(std::string_view characters);

/// The Lua pattern for what a shell glob means: `.*%.example%-1%.net` for `*.example-1.net`.
std::string as_pattern(std::string_view glob);

}  // namespace badclients::admin
