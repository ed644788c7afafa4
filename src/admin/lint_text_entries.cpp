// doubts_about_text: patterns and literals that can never match what their field compares, or match
// something else than they seem to.

#include <fmt/format.h>

#include <algorithm>

#include "admin/lint.hpp"
#include "admin/text_entry.hpp"
#include "audit/utf8.hpp"
#include "config/values.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using config::quoted;
using lists::Field;
using Severity = config::Problem::Severity;

namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = audit::first_character(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

TextEntry::Characters upper_case() {
  return these("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/// Looks at one entry from all sides.
class Judge {
 public:
  Judge(Field field, lists::Action action, std::string_view entry)
      : field_(field), action_(action), entry_(entry), text_(entry) {}

  Doubts run() {
    of_all();
    switch (field_) {
      case Field::rev_host:
        of_host();
        break;
      case Field::client_id:
        of_client_id();
        break;
      case Field::user:
      case Field::master:
        of_user();
        break;
      case Field::as_dscr:
        of_description();
        [[fallthrough]];
      case Field::net_name:
      case Field::maxmind_as_org:
        of_name();
        break;
      default:
        break;
    }
    return std::move(doubts_);
  }

 private:
  void warn(std::string_view text) {
    doubts_.push_back({Severity::warning, fmt::format("{}: {}", quoted(entry_), text)});
  }
  void never(std::string_view why) {
    doubts_.push_back({Severity::error, fmt::format("{} never matches: {}", quoted(entry_), why)});
  }

  void of_all() {
    if (const auto& literal = text_.literal()) {
      if (literal->empty()) never("nothing has an empty value");
      if (literal->find('*') != std::string_view::npos) {
        warn(fmt::format("in a literal * stands for itself; any text is .* in a pattern (write {})",
                         as_pattern(*literal)));
      }
    } else {
      if (const auto doubt = doubtful(entry_); !doubt.empty()) warn(doubt);
      of_pattern();
    }
    if (!is_utf8(entry_)) {
      constexpr auto why = "it is not UTF-8, as values are: save the file as UTF-8";
      field_ == Field::rev_host || field_ == Field::client_id ? warn(why) : never(why);
    }
    for (const std::string_view prefix : {"regex:", "regexp:", "re:", "pcre:", "glob:"}) {
      if (!lists::lowered(entry_).starts_with(prefix)) continue;
      const auto why = fmt::format("there is no {} here: an entry is a Lua pattern", prefix);
      // Neither a host name nor an ID begins so.
      field_ == Field::rev_host || field_ == Field::client_id ? never(why) : warn(why);
    }
  }

  void of_pattern() {
    for (const std::string_view mark : {" # ", " -- ", " ; ", "\t# ", "\t-- ", "\t; "}) {
      const auto at = entry_.find(mark);
      if (at == std::string_view::npos) continue;
      warn(fmt::format("{} belongs to the pattern: no comment may follow (write {})",
                       quoted(entry_.substr(at + 1)), lists::trimmed(entry_.substr(0, at))));
    }
    const bool begins = entry_.starts_with('^');
    const bool ends = entry_.ends_with('$') && !entry_.ends_with("%$");
    if (begins != ends) {
      const auto bare = entry_.substr(begins ? 1 : 0, entry_.size() - 1);
      const bool open =
          begins ? bare.ends_with(".*") || bare.ends_with(".+") || bare.ends_with(".-")
                 : bare.starts_with(".*") || bare.starts_with(".+") || bare.starts_with(".-");
      if (!open) {
        warn(fmt::format(
            "it has to match the whole value, with and without {} (write {} for what {} "
            "so)",
            begins ? "^" : "$", begins ? fmt::format("{}.*", bare) : fmt::format(".*{}", bare),
            begins ? "begins" : "ends"));
      }
    }
  }

  [[nodiscard]] std::string why_not_in_a_name(char c) const {
    if (c == ' ' || c == '\t') return "a host name has no blank";
    if (c != '*') return fmt::format("a host name has no {}", quoted({&c, 1}));
    return fmt::format("a host name has no *; any text is .* in a pattern (write {})",
                       as_pattern(text_.literal() ? *text_.literal() : entry_));
  }

  void of_host() {
    const auto only = text_.only_text();
    if (net::read_network(only ? *only : std::string(entry_))) {
      return never("it is an address, not a name: it belongs in ip_net");
    }
    constexpr std::string_view not_in_names = " \t/@:,;#\"|*=";
    for (const char c : not_in_names) {
      if (!text_.needs(these({&c, 1}))) continue;
      return never(why_not_in_a_name(c));
    }
    if (!text_.ignores_case() && text_.needs(upper_case())) {
      warn(
          "it matches names with upper case letters only, and hardly one has any; lower case "
          "matches both");
    }
    if (text_.literal()) {
      if (text_.literal()->ends_with('.')) never("names are compared without their last dot");
      if (text_.literal()->starts_with('.')) {
        never(fmt::format("no name begins with a dot (write .*{})", as_pattern(*text_.literal())));
      }
      return;
    }
    if (entry_.size() > 1 && entry_[0] == '.' &&
        (lists::is_letter(entry_[1]) || lists::is_digit(entry_[1]))) {
      warn(fmt::format("the first dot stands for one character; what ends so is .*{}",
                       as_pattern(entry_)));
    }
    if (entry_.size() > 1 && entry_.ends_with('.') && entry_[entry_.size() - 2] != '%') {
      warn("the last dot stands for one more character; names are compared without theirs");
    }
  }

  /// `"name" "Outlook" "vendor" "Microsoft"`: quotes at both ends, or NIL at the end.
  void of_client_id() {
    if (text_.may_begin_with(these("\"")) && text_.may_end_with(these("\"L"))) return;
    if (entry_.starts_with('"')) {
      return never(
          fmt::format("the quote at its begin makes it a literal, and is no part of it "
                      "(write '{})",
                      entry_));
    }
    const auto only = text_.only_text();
    never(fmt::format(
        "it has to match the whole ID, \"name\" \"Outlook\" \"vendor\" \"...\" (write .*\"{}\".*)",
        as_pattern(only ? *only : "Outlook")));
  }

  void of_user() {
    if (!text_.ignores_case() && text_.needs(upper_case())) {
      warn(
          "it matches upper case letters only; Dovecot makes user names lower case, unless "
          "auth_username_format says otherwise");
    }
  }

  void of_name() {
    const auto text = text_.only_text().value_or(std::string(entry_));
    const auto digits = lists::lowered(text).starts_with("as") ? text.substr(2) : text;
    const bool number = !digits.empty() && std::ranges::all_of(digits, lists::is_digit);
    if (number) never("names and descriptions are no AS numbers: those belong in asn");
    if (net::read_network(text)) never("it is an address: it belongs in ip_net");
  }

  /// Team Cymru's form of before 2026: a country at its end, and no room for the holder's full
  /// name.
  void of_description() {
    const auto pattern = text_.only_text().value_or(std::string(entry_));
    const auto size = pattern.size();
    const auto is_upper = [&](std::size_t i) { return pattern[i] >= 'A' && pattern[i] <= 'Z'; };
    const bool country = size > 4 && pattern[size - 4] == ',' && pattern[size - 3] == ' ' &&
                         is_upper(size - 2) && is_upper(size - 1);
    const bool room = !text_.only_text() && (pattern.find(".*") != std::string::npos ||
                                             pattern.find(".+") != std::string::npos ||
                                             pattern.find(".-") != std::string::npos);
    if (!country || room || pattern.find(" - ") != std::string::npos ||
        pattern.find(" %- ") != std::string::npos)
      return;
    const auto name = pattern.substr(0, size - 4);
    const auto now =
        fmt::format("since 2026 descriptions have the holder's full name: NAME - Full Name,{}",
                    pattern.substr(size - 3));
    const auto write = fmt::format("(write {} %- .*)", text_.only_text() ? as_pattern(name) : name);
    if (action_ == lists::Action::allow) {
      warn(fmt::format("it matches no description of today; {} {}", now, write));
    } else {
      doubts_.push_back(
          {Severity::note, fmt::format("{}: this is the old form, which still matches; {} {}",
                                       quoted(entry_), now, write)});
    }
  }

  Field field_;
  lists::Action action_;
  std::string_view entry_;
  TextEntry text_;
  Doubts doubts_;
};

}  // namespace

Doubts doubts_about_text(Field field, lists::Action action, std::string_view entry) {
  return Judge(field, action, entry).run();
}

}  // namespace badclients::admin
