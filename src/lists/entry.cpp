#include "lists/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "config/values.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/entry_values.hpp"
#include "lists/lines.hpp"
#include "lists/pattern.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::lists {

namespace {

using config::quote;

// --- a word, and what may stand behind it

bool is_country(Field field) {
  return field == Field::as_cc || field == Field::net_cc || field == Field::maxmind_geo_cc;
}

/// The characters that end an entry, as they did for the original. A DNSBL's filter has semicolons
/// of its own, an IPv6 network has colons.
std::string_view marks_behind(Field field) {
  if (is_country(field) || field == Field::asn) return ",;#:";
  return field == Field::dnsbl ? ",#" : ",;#";
}

/// Where the entry ends and the comment begins.
std::size_t entry_length(Field field, Use use, std::string_view text) {
  const auto word = first_word(text);
  if (use == Use::client_rule) return word.size();
  return std::min(word.find_first_of(marks_behind(field)), word.size());
}

/// Whether `word`, behind the entry that `line` begins with, would be another entry.
bool is_entry(Field field, std::string_view word, std::string_view line) {
  const auto starts_with = [&](std::string_view begin) {
    return lowered(word.substr(0, begin.size())) == begin;
  };
  const bool digits = !word.empty() && std::all_of(word.begin(), word.end(), is_digit);
  // Cheap tests first: in a list of a million lines nearly every comment is no entry.
  switch (field) {
    case Field::ip_net:
      return !word.empty() &&
             (is_digit(word.front()) || word.find(':') != std::string_view::npos) &&
             word.find_first_of(".:/") != std::string_view::npos && net::read_network(word);
    case Field::asn: {
      Remarks ignored;
      const bool numbers = lowered(line.substr(0, 2)) != "as";
      return (starts_with("as") || (numbers && digits)) && read_word(field, word, ignored);
    }
    case Field::as_cc:
    case Field::net_cc:
    case Field::maxmind_geo_cc:
      return is_country_code(word);
    case Field::maxmind_geo_loc:
      return digits;
    case Field::dnsbl:
      return word.find('.') != std::string_view::npos && DnsblEntry::parse(word);
    case Field::maxmind_anonymous:
      return starts_with("is_");
    case Field::entity:
      return std::none_of(word.begin(), word.end(), [](char c) { return c != upper(c); });
    default:
      return false;
  }
}

/// What stands behind an entry is a comment. If it looks like one more entry, it must not be
/// skipped in silence: that is a warning; behind a comma an error, because nobody expects a comment
/// there.
std::optional<std::string> judge_rest(Field field, std::string_view text, std::size_t length,
                                      Remarks& remarks) {
  auto rest = trimmed(text.substr(length));
  const bool comma = rest.starts_with(',');
  if (comma || rest.starts_with(';')) rest = trimmed(rest.substr(1));
  const bool range = field == Field::asn && rest.starts_with('-');
  if (range) rest = trimmed(rest.substr(1));
  auto next = first_word(rest);
  next = next.substr(0, next.find_first_of(marks_behind(field)));
  if (next.empty() || !is_entry(field, next, text)) return std::nullopt;
  if (comma) {
    return fmt::format("{}: there is a comma; write one entry a line, without commas", quote(text));
  }
  if (range) return fmt::format("{}: there are no ranges; write one entry a line", quote(text));
  // A word in capitals is as often a comment as a handle.
  if (field == Field::entity) return std::nullopt;
  warn(remarks, fmt::format("{} is read as a comment: write one entry a line", quote(next)));
  return std::nullopt;
}

/// What makes a valid entry invalid, if it was written out of habit from other files.
std::string form_hint(Field field, std::string_view text) {
  const bool foreign =
      std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  if (foreign) return " (there is a character in it that is not ASCII, maybe an invisible one)";
  if (text.starts_with('!') || text.starts_with('-')) {
    return fmt::format(" (there is no negation; what must not be refused goes into {}.allow.lst)",
                       name(field));
  }
  const bool in_quotes = text.starts_with('\'') || text.starts_with('"');
  return in_quotes && field != Field::entity ? " (write it without quotes)" : "";
}

/// A better hint takes the place of an example.
std::string with_hint(const std::string& error, Field field, std::string_view text) {
  const auto hint = form_hint(field, text);
  return (hint.empty() ? error : error.substr(0, error.find(" (try "))) + hint;
}

/// An entry that is no pattern, and the comment behind it.
Canonical read_with_comment(Field field, Use use, std::string_view text, ParsedEntry& parsed) {
  text = trimmed(text);
  auto& remarks = parsed.remarks;
  std::size_t length = 0;
  Canonical value;
  if (field == Field::ip_net) {
    auto network = read_network_entry(text, use, remarks);
    if (!network) return tl::unexpected(with_hint(network.error(), field, first_word(text)));
    length = network->length;
    value = std::move(network->value);
    parsed.more = std::move(network->more);
  } else {
    length = entry_length(field, use, text);
    value = read_word(field, text.substr(0, length), remarks);
    if (!value) {
      return tl::unexpected(with_hint(value.error(), field, text.substr(0, length)));
    }
  }
  if (length == text.size()) return value;
  if (use == Use::client_rule) {
    return tl::unexpected(fmt::format("{} is more than one value", quote(text)));
  }
  if (auto fault = judge_rest(field, text, length, remarks)) {
    return tl::unexpected(std::move(*fault));
  }
  return value;
}

// --- patterns

/// Whether it looks like a name, not like a pattern: a plus stands behind a letter, as in
/// `alice+list@` or `C++`, not behind a dot.
bool is_plain(std::string_view text) {
  char before = '.';
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool plus = c == '+' && (is_letter(before) || before == '+');
    before = c;
    return is_letter(c) || is_digit(c) || plus ||
           std::string_view{" -._,&@/"}.find(c) != std::string_view::npos;
  });
}

bool is_misread(const Pattern& pattern, std::string_view text) {
  return is_plain(text) && pattern.matches(text) == false;
}

/// Whether it matches every value, except perhaps the empty one: `.*`, `.+`, `.*.*`.
bool matches_anything(const Pattern& pattern) {
  const auto& items = pattern.items();
  return std::ranges::count_if(items, &Pattern::Item::required) <= 1 &&
         std::ranges::any_of(items, &Pattern::Item::repeats) &&
         std::ranges::all_of(items, [](const auto& item) {
           return item.set.all() && item.kind != Pattern::Kind::frontier;
         });
}

/// The plain letter or digit that a `-` repeats, as in `mail-1`: nearly always a hyphen was meant.
/// 0: there is none.
char hyphen_taken_for_repeat(const Pattern& pattern) {
  const auto found = std::ranges::find_if(pattern.items(), [](const auto& item) {
    return item.lazy && (is_letter(item.plain) || is_digit(item.plain));
  });
  return found == pattern.items().end() ? '\0' : found->plain;
}

// Remarks on a valid pattern that hardly says what was meant.
void judge_pattern(const Pattern& parsed, std::string_view pattern, Field field, Use use,
                   Remarks& remarks) {
  const auto shown = quote(pattern);
  if (matches_anything(parsed)) {
    const auto* reach = use != Use::allow_list ? ""
                        : field == Field::user ? ": nobody is ever refused"
                                               : ": who has one is never refused";
    warn(remarks, fmt::format("{} matches every value{}", shown, reach), true);
  }
  const bool itself = !is_misread(parsed, pattern);
  if (const char letter = hyphen_taken_for_repeat(parsed); letter != 0) {
    warn(remarks,
         itself ? fmt::format("{}: '{}-' repeats the '{}'; a hyphen is written %-", shown, letter,
                              letter)
                : fmt::format("{} never matches itself, for '{}-' repeats the '{}': put one ' in "
                              "front of it, which makes it plain text: '{}",
                              shown, letter, letter, pattern));
  } else if (!itself) {
    warn(remarks, fmt::format("{} never matches itself, for - and + repeat what stands before "
                              "them: put one ' in front of it, which makes it plain text: '{}",
                              shown, pattern));
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
  const auto searched = std::span(parsed.items()).first(parsed.searched());
  if (const auto count = std::ranges::count_if(searched, &Pattern::Item::repeats); count > 2) {
    warn(remarks, fmt::format("{}: with back references and {} repeats before them, a long value "
                              "may be too much work, and then it is unknown whether it matches",
                              shown, count));
  }
}

void judge_literal(std::string_view pattern, Remarks& remarks) {
  if (pattern.size() < 2 || pattern.back() != pattern.front()) return;
  warn(remarks, fmt::format("{}: a literal begins with the quote and ends with the line; the last "
                            "quote is compared too",
                            quote(pattern)));
}

Canonical read_pattern(Field field, Use use, std::string_view text, Remarks& remarks) {
  if (use != Use::client_rule) {
    // A blank at the end of a line is nearly always a mistake that no editor shows, and no value
    // ends with one; [ ] matches one. In a client rule the quotes say what is meant.
    const auto stripped = trimmed(text);
    if (is_blank(text.back())) {
      warn(remarks, fmt::format("{}: blanks at the end of the line are dropped", quote(stripped)));
    }
    text = stripped;
  }
  if (text.starts_with('\'') || text.starts_with('"')) {
    if (use != Use::client_rule) judge_literal(text, remarks);
    return std::string{text};
  }
  const auto parsed = Pattern::parse(text);
  if (!parsed) {
    return tl::unexpected(fmt::format("{} is no Lua pattern: {}", quote(text), parsed.error()));
  }
  judge_pattern(*parsed, text, field, use, remarks);
  return std::string{text};
}

Canonical read_one(Field field, Use use, std::string_view text, ParsedEntry& entry) {
  if (auto fault = line_fault(text)) return tl::unexpected(std::move(*fault));
  if (is_pattern(field)) return read_pattern(field, use, text, entry.remarks);
  // The commas of coordinates are their own; no comment may follow.
  if (field == Field::maxmind_coords) return read_word(field, trimmed(text), entry.remarks);
  return read_with_comment(field, use, text, entry);
}

}  // namespace

ParsedEntry parse_entry(Field field, Use use, std::string_view text) {
  ParsedEntry entry;
  auto value = read_one(field, use, text, entry);
  if (!value) return {{}, {}, {{config::Problem::Severity::error, std::move(value.error())}}};
  entry.value = std::move(*value);
  return entry;
}

bool never_matches_itself(std::string_view entry) {
  if (entry.starts_with('\'') || entry.starts_with('"')) return false;
  const auto pattern = Pattern::parse(entry);
  return pattern && is_misread(*pattern, entry);
}

}  // namespace badclients::lists
