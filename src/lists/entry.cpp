#include "lists/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/values.hpp"
#include "lists/country.hpp"
#include "lists/entry_words.hpp"
#include "lists/file.hpp"
#include "lists/pattern_items.hpp"
#include "lists/text.hpp"
#include "net/network.hpp"

namespace badclients::lists {

namespace {

using config::quoted;
// --- a word, and what may stand behind it

bool is_country(Field field) {
  return field == Field::as_cc || field == Field::net_cc || field == Field::maxmind_geo_cc;
}

// Where the entry ends and the comment begins. The original takes the first letters of a line for
// the country, whatever stands behind them.
std::size_t entry_length(Field field, Use use, std::string_view text) {
  if (!is_country(field) || use == Use::client_rule) return first_word(text).size();
  const auto letters = std::find_if_not(text.begin(), text.end(), is_letter) - text.begin();
  const auto length = static_cast<std::size_t>(letters);
  const bool ends = length == text.size() || is_blank(text[length]) || text[length] == ',' ||
                    text[length] == ':' || text[length] == ';' || text[length] == '#';
  return ends ? length : first_word(text).size();
}

// What stands behind an entry is a comment, unless it looks as if it was meant to be one more
// entry: that must not be skipped in silence.
std::optional<std::string> comma_fault(Field field, std::string_view word, std::string_view rest) {
  const bool behind = rest.starts_with(',');
  if (!behind && word.find(',') == std::string_view::npos) return std::nullopt;
  if (is_country(field) && behind) {
    const auto next = first_word(trimmed(rest.substr(1)));
    const bool another = country_name(next.substr(0, next.find(','))).has_value();
    if (!another) return std::nullopt;  // US, United States
  }
  return fmt::format("{}: there is a comma; write one entry a line, without commas",
                     quoted(fmt::format("{}{}", word, rest)));
}

// Cheap: nearly every comment of a list with a million lines is none.
bool may_be_network(std::string_view word) {
  return !word.empty() && (is_digit(word.front()) || word.find(':') != std::string_view::npos);
}

void judge_comment(Field field, std::string_view comment, Remarks& remarks) {
  const auto next = first_word(comment);
  Remarks ignored;
  const bool another =
      (field == Field::ip_net && may_be_network(next) && net::Network::parse(next)) ||
      (field == Field::asn && lowered(next.substr(0, 2)) == "as" &&
       read_word(field, Use::client_rule, next, ignored)) ||
      (is_country(field) && country_name(next));
  if (!another) return;
  warn(remarks, fmt::format("{} is read as a comment: write one entry a line", quoted(next)));
}

std::string foreign_letters_hint(std::string_view text) {
  const bool foreign =
      std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  return foreign ? " (there is a character in it that is not ASCII, maybe an invisible one)" : "";
}

Canonical read_with_comment(Field field, Use use, std::string_view text, Remarks& remarks) {
  text = trimmed(text);
  const auto word = text.substr(0, entry_length(field, use, text));
  const auto rest = trimmed(text.substr(word.size()));
  if (auto fault = comma_fault(field, word, rest)) return tl::unexpected(std::move(*fault));
  if (!rest.empty() && use == Use::client_rule) {
    return tl::unexpected(fmt::format("{} is more than one value", quoted(text)));
  }
  auto value = read_word(field, use, word, remarks);
  if (!value) return tl::unexpected(value.error() + foreign_letters_hint(word));
  if (!rest.empty()) judge_comment(field, rest, remarks);
  return value;
}

// --- patterns

// What is a valid pattern, but hardly what was meant.
void judge_pattern(const PatternItems& items, std::string_view pattern, Field field, Use use,
                   Remarks& remarks) {
  const auto shown = quoted(pattern);
  if (items.matches_anything()) {
    warn(remarks,
         fmt::format(
             "{} matches every value{}", shown,
             use == Use::allow_list && field == Field::user ? ": nobody is ever refused" : ""),
         true);
  }
  if (const char letter = items.hyphen_taken_for_repeat(); letter != 0) {
    warn(remarks,
         fmt::format("{}: '{}-' repeats the '{}'; a hyphen is written %-", shown, letter, letter));
  }
  if (pattern.find('\\') != std::string_view::npos) {
    warn(remarks, fmt::format("{}: a backslash is an ordinary character; % escapes", shown));
  }
  if (pattern.find('|') != std::string_view::npos) {
    warn(remarks, fmt::format("{}: | is an ordinary character; write one line for each", shown));
  }
  if (field == Field::rev_host && pattern.ends_with("%.")) {
    warn(remarks, fmt::format("{}: reverse names are compared without their last dot", shown));
  }
  if (items.has_back_reference() && items.cost().repeats > 2) {
    warn(remarks, fmt::format("{}: with back references and {} repeats, long values are too much "
                              "work and do not match",
                              shown, items.cost().repeats));
  }
}

void judge_literal(std::string_view pattern, Remarks& remarks) {
  if (pattern.size() < 2 || pattern.back() != pattern.front()) return;
  warn(remarks, fmt::format("{}: a literal begins with the quote and ends with the line; the last "
                            "quote is compared too",
                            quoted(pattern)));
}

}  // namespace

bool is_pattern(Field field) {
  switch (field) {
    case Field::rev_host:
    case Field::as_dscr:
    case Field::net_name:
    case Field::client_id:
    case Field::maxmind_as_org:
    case Field::user:
      return true;
    default:
      return false;
  }
}

Canonical EntryParser::pattern(Field field, Use use, std::string_view text, Remarks& remarks) {
  if (use != Use::client_rule) {
    // A blank at the end of a line is nearly always a mistake that no editor shows, and no value
    // ends with one. Whoever needs it writes [ ]. In a client rule the quotes say what is meant.
    const auto stripped = trimmed(text);
    if (is_blank(text.back())) {
      warn(remarks, fmt::format("{}: blanks at the end of the line are dropped", quoted(stripped)));
    }
    text = stripped;
  }
  if (text.starts_with('\'') || text.starts_with('"')) {
    if (use != Use::client_rule) judge_literal(text, remarks);
    return std::string{text};
  }
  if (const auto fault = patterns_.fault(text)) {
    return tl::unexpected(fmt::format("{} is no Lua pattern: {}", quoted(text), *fault));
  }
  if (const auto items = PatternItems::parse(text)) {
    judge_pattern(*items, text, field, use, remarks);
  }
  return std::string{text};
}

ParsedEntry EntryParser::parse(Field field, Use use, std::string_view text) {
  ParsedEntry result;
  auto value = [&]() -> Canonical {
    if (auto fault = line_fault(text)) return tl::unexpected(std::move(*fault));
    if (is_pattern(field)) return pattern(field, use, text, result.remarks);
    // The commas of coordinates are their own; no comment may follow.
    if (field == Field::maxmind_coords) {
      return read_word(field, use, trimmed(text), result.remarks);
    }
    return read_with_comment(field, use, text, result.remarks);
  }();
  if (value) {
    result.value = std::move(*value);
  } else {
    result.remarks = {{config::Problem::Severity::error, std::move(value.error())}};
  }
  return result;
}

}  // namespace badclients::lists
