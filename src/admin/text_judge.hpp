#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/lint.hpp"
#include "admin/text_entry.hpp"

namespace badclients::admin {

/// Looks at one entry of a list of patterns from all sides: whether it can never match what its
/// field compares, or matches something else than it seems to.
class TextJudge {
 public:
  /// `entry` outlives it.
  TextJudge(lists::Field field, lists::Action action, std::string_view entry)
      : field_(field), action_(action), entry_(entry), text_(entry) {}

  Doubts run();

  /// What is no name, but stands for none elsewhere: `NXDOMAIN`, `None`.
  static bool is_unknown(std::string_view text);

 private:
  void warn(std::string_view text);
  void note(std::string_view text);
  void never(std::string_view why);
  /// For an entry that begins as neither a host name nor an ID does.
  void never_or_warn(std::string_view why);
  /// Whether every value that it matches has an upper case letter.
  [[nodiscard]] bool needs_upper_case() const;

  void of_all();
  void of_pattern();

  [[nodiscard]] std::string why_not_in_a_name(char c) const;
  void of_host();
  /// The host name that the entry is, with its dots escaped or not; nothing for a real pattern.
  [[nodiscard]] std::optional<std::string> bare_domain() const;
  /// Few hosts are called as a domain is, or have a name without one.
  void of_domain(const std::string& domain);

  /// `"name" "Outlook" "vendor" "Microsoft"`: quotes at both ends, or NIL at the end.
  void of_client_id();
  /// What to write for an ID, or an app's name, as it stands in the log or elsewhere.
  static std::string id_entry(std::string text);
  void of_user();

  void of_name();
  /// A pattern with a few letters, all lower case, outside of classes.
  [[nodiscard]] bool is_lower_case() const;
  /// Where the description of an AS would have to end with more letters than a country has.
  [[nodiscard]] bool ends_without_country() const;
  /// Team Cymru's form of before 2026: a country at its end, and no room for the holder's full
  /// name.
  void of_description();

  lists::Field field_;
  lists::Action action_;
  std::string_view entry_;
  TextEntry text_;
  std::string_view comment_;  ///< what was meant as one
  Doubts doubts_;
};

}  // namespace badclients::admin
