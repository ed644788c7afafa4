// doubts_about_text: patterns and literals that can never match what their field compares, or match
// something else than they seem to.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/text_judge.hpp"
#include "audit/utf8.hpp"
#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::admin {

using config::quote;
using lists::Field;
using Severity = config::Problem::Severity;

Doubts TextJudge::run() {
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

bool TextJudge::is_unknown(std::string_view text) {
  constexpr std::array words{"none", "<none>", "nxdomain", "<nxdomain>", "unknown",
                             "null", "nil",    "-",        "n/a",        "empty"};
  return std::ranges::find(words, lists::lowered(text)) != words.end();
}

void TextJudge::warn(std::string_view text) {
  doubts_.push_back({Severity::warning, fmt::format("{}: {}", quote(entry_), text)});
}

void TextJudge::note(std::string_view text) {
  doubts_.push_back({Severity::note, fmt::format("{}: {}", quote(entry_), text)});
}

void TextJudge::never(std::string_view why) {
  doubts_.push_back({Severity::error, fmt::format("{} never matches: {}", quote(entry_), why)});
}

void TextJudge::never_or_warn(std::string_view why) {
  field_ == Field::rev_host || field_ == Field::client_id ? never(why) : warn(why);
}

bool TextJudge::needs_upper_case() const {
  return !text_.ignores_case() && text_.needs(these("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
}

void TextJudge::of_all() {
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
  if (entry_.starts_with('!')) {
    never_or_warn(fmt::format(
        "! stands for itself; what must not be refused goes into {}.allow.lst", name(field_)));
  }
  if (!audit::is_utf8(entry_)) {
    constexpr auto why = "it is not UTF-8, as values are: save the file as UTF-8";
    field_ == Field::rev_host || field_ == Field::client_id ? warn(why) : never(why);
  }
  for (const std::string_view prefix : {"regex:", "regexp:", "re:", "pcre:", "glob:"}) {
    if (!lists::lowered(entry_).starts_with(prefix)) continue;
    const auto why = fmt::format("there is no {} here: an entry is a Lua pattern", prefix);
    never_or_warn(why);
  }
}

void TextJudge::of_pattern() {
  for (const std::string_view mark : {" # ", " -- ", " ; ", "\t# ", "\t-- ", "\t; "}) {
    const auto at = entry_.find(mark);
    if (at == std::string_view::npos) continue;
    comment_ = entry_.substr(at + 1);
    warn(fmt::format("{} belongs to the pattern: no comment may follow (write {})", quote(comment_),
                     lists::trimmed(entry_.substr(0, at))));
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

Doubts doubts_about_text(Field field, lists::Action action, std::string_view entry) {
  return TextJudge(field, action, entry).run();
}

}  // namespace badclients::admin
