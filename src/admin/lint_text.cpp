// check_text: what holds for all patterns and literals, for users, and for IDs of apps.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/lint_text.hpp"
#include "base/utf8.hpp"
#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::admin {

using config::quote;
using lists::Field;

namespace {

/// Entries of these have to begin as no value with a mark of another language does.
bool begins_strictly(Field field) {
  return field == Field::rev_host || field == Field::client_id;
}

/// The blank before what was meant as a comment; npos where there is none.
std::size_t find_comment(std::string_view pattern) {
  auto begin = std::string_view::npos;
  for (const std::string_view mark : {" # ", " -- ", " ; ", "\t# ", "\t-- ", "\t; "}) {
    begin = std::min(begin, pattern.find(mark));
  }
  return begin;
}

void check_anchors(Value& value) {
  const auto entry = value.text;
  const bool begins = entry.starts_with('^');
  const bool ends = entry.ends_with('$') && !entry.ends_with("%$");
  if (begins == ends) return;
  const auto bare = entry.substr(begins ? 1 : 0, entry.size() - 1);
  const auto is_open = [&](std::string_view any) {
    return begins ? bare.ends_with(any) : bare.starts_with(any);
  };
  if (std::ranges::any_of(std::array{".*", ".+", ".-"}, is_open)) return;
  value.warn(fmt::format(
      "it has to match the whole value, with and without {} (write {} for what "
      "{} so)",
      begins ? "^" : "$", begins ? fmt::format("{}.*", bare) : fmt::format(".*{}", bare),
      begins ? "begins" : "ends"));
}

void check_literal(Value& value, std::string_view literal) {
  if (literal.empty()) value.never("nothing has an empty value");
  if (literal.find('*') != std::string_view::npos) {
    value.warn(
        fmt::format("in a literal * stands for itself; any text is .* in a pattern (write {})",
                    as_pattern(literal)));
  }
}

void check_pattern(Value& value) {
  if (const auto doubt = doubtful(value.text); !doubt.empty()) value.warn(doubt);
  if (const auto end = find_comment(value.text); end != std::string_view::npos) {
    value.warn(fmt::format("{} belongs to the pattern: no comment may follow (write {})",
                           quote(value.text.substr(end + 1)),
                           lists::trimmed(value.text.substr(0, end))));
  }
  check_anchors(value);
}

void check_foreign_marks(Value& value) {
  const auto say = [&](std::string_view why) {
    begins_strictly(value.field) ? value.never(why) : value.warn(why);
  };
  if (value.text.starts_with('!')) {
    say(fmt::format("! stands for itself; what must not be refused goes into {}.allow.lst",
                    lists::name(value.field)));
  }
  if (!base::is_utf8(value.text)) {
    constexpr auto why = "it is not UTF-8, as values are: save the file as UTF-8";
    begins_strictly(value.field) ? value.warn(why) : value.never(why);
  }
  for (const std::string_view prefix : {"regex:", "regexp:", "re:", "pcre:", "glob:"}) {
    if (!lists::lowered(value.text).starts_with(prefix)) continue;
    say(fmt::format("there is no {} here: an entry is a Lua pattern", prefix));
  }
}

/// What to write for an ID, or an app's name, as it stands in the log or elsewhere.
std::string id_entry(std::string text) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  constexpr std::ptrdiff_t of_a_pair = 4;
  if (text.starts_with('"') && text.ends_with('"') && std::ranges::count(text, '"') >= of_a_pair) {
    return "'" + text;
  }
  std::erase(text, '"');
  if (lists::lowered(text).starts_with("name ")) text.erase(0, 5);
  return fmt::format(".*\"{}\".*", as_pattern(text));
}

/// `"name" "Thunderbird" "version" "..."`: quotes at both ends, or NIL at the end.
void check_client_id(Value& value, const TextEntry& entry) {
  if (entry.may_begin_with(these("\"")) && entry.may_end_with(these("\"L"))) return;
  const auto only = entry.only_text();
  if (only == "<>" || only == "" || is_unknown(only.value_or(""))) {
    return value.never("where an app sent no ID, no entry matches");
  }
  if (value.text.starts_with('"')) {
    return value.never(
        fmt::format("the quote at its begin makes it a literal, and is no part of it (write {})",
                    id_entry(std::string(value.text))));
  }
  value.never(fmt::format(
      "it has to match the whole ID, \"name\" \"Thunderbird\" \"version\" \"...\" (write {})",
      id_entry(only.value_or("Outlook"))));
}

void check_user(Value& value, const TextEntry& entry) {
  if (entry.needs_upper_case()) {
    value.warn(
        "it matches upper case letters only; Dovecot makes user names lower case, unless "
        "auth_username_format says otherwise");
  }
  const bool comment = !entry.literal() && find_comment(value.text) != std::string_view::npos;
  if (comment || value.text.starts_with('!')) return;  // said already
  if (const auto c = entry.needed_of(" \t,;:=\"<>()|/\\#")) {
    return value.warn(
        fmt::format("Dovecot lets no user name have {} (unless auth_username_chars does); write "
                    "one name a line",
                    lists::is_blank(*c) ? "a blank" : quote({&*c, 1})));
  }
  if (!entry.may_begin_with(~these("@"))) {
    const auto only = entry.only_text();
    value.warn(fmt::format("no user name begins with @; what ends so is .*{}",
                           only ? as_pattern(*only) : std::string(value.text)));
  }
}

}  // namespace

bool is_unknown(std::string_view text) {
  constexpr std::array words{"none", "<none>", "nxdomain", "<nxdomain>", "unknown",
                             "null", "nil",    "-",        "n/a",        "empty"};
  return std::ranges::find(words, lists::lowered(text)) != words.end();
}

void check_text(Value& value) {
  const TextEntry entry(value.text);
  entry.literal() ? check_literal(value, *entry.literal()) : check_pattern(value);
  check_foreign_marks(value);
  switch (value.field) {
    case Field::rev_host:
      check_host(value, entry);
      if (value.action == lists::Action::allow) check_allowed_host(value);
      break;
    case Field::client_id:
      check_client_id(value, entry);
      break;
    case Field::as_dscr:
      check_description(value, entry);
      [[fallthrough]];
    case Field::net_name:
    case Field::maxmind_as_org:
      check_name(value, entry);
      break;
    default:
      check_user(value, entry);
  }
}

}  // namespace badclients::admin
