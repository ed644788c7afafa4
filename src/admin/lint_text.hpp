#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/lint.hpp"
#include "lists/pattern.hpp"

/// The part of lint that looks at patterns and literals.
namespace badclients::admin {

/// An entry of a list of patterns, and what is certain of the values that it can match.
class TextEntry {
 public:
  using Characters = lists::Pattern::Characters;

  /// `entry` outlives it. Of one that is malformed nothing is certain.
  explicit TextEntry(std::string_view entry);

  /// What stands behind the quote of a literal; nothing where it is a pattern.
  [[nodiscard]] const std::optional<std::string_view>& literal() const { return literal_; }
  /// What it matches, where that is one text: a literal, or a pattern without anything special.
  [[nodiscard]] std::optional<std::string> only_text() const;

  /// Whether every value that it matches has one of these in it.
  [[nodiscard]] bool needs(const Characters& characters) const;
  [[nodiscard]] bool needs_upper_case() const;
  /// The first of `characters` that every value has in it.
  [[nodiscard]] std::optional<char> needed_of(std::string_view characters) const;
  /// False is certain.
  [[nodiscard]] bool may_begin_with(const Characters& characters) const;
  [[nodiscard]] bool may_end_with(const Characters& characters) const;

 private:
  std::optional<std::string_view> literal_;
  tl::expected<lists::Pattern, std::string> pattern_;
};

/// The set of these characters.
TextEntry::Characters these(std::string_view characters);

/// The Lua pattern for what a shell glob means: `.*%.example%-1%.net` for `*.example-1.net`.
std::string as_pattern(std::string_view glob);

/// What is probably wrong with a Lua pattern, as a half-sentence; empty where nothing is. Knows
/// those habits from shell globs and regular expressions that reading the list does not.
std::string_view doubtful(std::string_view pattern);

/// What is no name, and stands for none elsewhere: `NXDOMAIN`, `None`.
bool is_unknown(std::string_view text);

/// Of any field of patterns: all of these.
void check_text(Value& value);
/// Of rev_host.
void check_host(Value& value, const TextEntry& entry);
/// Of rev_host.allow: a name counts where it leads back to the address, and a domain's owner gives
/// it to any host. So an entry has to hold on to a domain.
void check_allowed_host(Value& value);
/// Of as_dscr, net_name and maxmind/as_org.
void check_name(Value& value, const TextEntry& entry);
/// Of as_dscr.
void check_description(Value& value, const TextEntry& entry);

}  // namespace badclients::admin
