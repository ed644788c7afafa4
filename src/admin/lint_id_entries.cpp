// Of TextJudge: entries of client_id and user.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "admin/text_judge.hpp"
#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::admin {

using config::quote;

/// `"name" "Outlook" "vendor" "Microsoft"`: quotes at both ends, or NIL at the end.
void TextJudge::of_client_id() {
  if (text_.may_begin_with(these("\"")) && text_.may_end_with(these("\"L"))) return;
  const auto only = text_.only_text();
  if (only == "<>" || only == "" || is_unknown(only.value_or(""))) {
    return never("where an app sent no ID, no entry matches");
  }
  if (entry_.starts_with('"')) {
    return never(
        fmt::format("the quote at its begin makes it a literal, and is no part of it (write {})",
                    id_entry(std::string(entry_))));
  }
  never(
      fmt::format("it has to match the whole ID, \"name\" \"Outlook\" \"vendor\" \"...\" "
                  "(write {})",
                  id_entry(only.value_or("Outlook"))));
}

/// What to write for an ID, or an app's name, as it stands in the log or elsewhere.
std::string TextJudge::id_entry(std::string text) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  constexpr std::ptrdiff_t of_a_pair = 4;
  if (text.starts_with('"') && text.ends_with('"') && std::ranges::count(text, '"') >= of_a_pair) {
    return "'" + text;
  }
  std::erase(text, '"');
  if (lists::lowered(text).starts_with("name ")) text.erase(0, 5);
  return fmt::format(".*\"{}\".*", as_pattern(text));
}

void TextJudge::of_user() {
  if (needs_upper_case()) {
    warn(
        "it matches upper case letters only; Dovecot makes user names lower case, unless "
        "auth_username_format says otherwise");
  }
  if (!comment_.empty() || entry_.starts_with('!')) return;
  constexpr std::string_view not_in_names = " \t,;:=\"<>()|/\\#";
  for (const char c : not_in_names) {
    if (!text_.needs(these({&c, 1}))) continue;
    return warn(
        fmt::format("Dovecot lets no user name have {} (unless auth_username_chars does); "
                    "write one name a line",
                    c == ' ' || c == '\t' ? "a blank" : quote({&c, 1})));
  }
  if (!text_.may_begin_with(~these("@"))) {
    const auto only = text_.only_text();
    warn(fmt::format("no user name begins with @; what ends so is .*{}",
                     only ? as_pattern(*only) : std::string(entry_)));
  }
}

}  // namespace badclients::admin
