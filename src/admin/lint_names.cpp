// check_name, check_description: entries of as_dscr, net_name and maxmind/as_org.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "admin/lint_text.hpp"
#include "lists/entry.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

namespace {

/// A pattern with a few letters, all lower case, outside of classes.
bool is_lower_case(std::string_view pattern) {
  if (pattern.find('[') != std::string_view::npos) return false;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%') {
      ++i;
    } else if (lists::is_letter(pattern[i])) {
      if (pattern[i] < 'a') return false;
      ++letters;
    }
  }
  return letters > 2;
}

/// Where the description of an AS would have to end with more letters than a country has.
bool ends_without_country(std::string_view text, bool literal) {
  if (!literal && text.ends_with('$')) text.remove_suffix(1);
  const auto end = std::find_if(text.rbegin(), text.rend(),
                                [](char c) { return !lists::is_letter(c) && !lists::is_digit(c); });
  const bool escape = !literal && end != text.rend() && *end == '%';
  return end - text.rbegin() - (escape ? 1 : 0) > 2;
}

/// Team Cymru's form of before 2026, `HETZNER-AS, DE`: a country at its end, and no room for the
/// holder's full name.
bool is_old_description(std::string_view text, bool literal) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto end = text.size() > 4 ? text.substr(text.size() - 4) : "";
  return end.starts_with(", ") && is_upper(end[2]) && is_upper(end[3]) &&
         std::ranges::none_of(std::array{" - ", " %- "}, has) &&
         (literal || std::ranges::none_of(std::array{".*", ".+", ".-"}, has));
}

}  // namespace

void check_name(Value& value, const TextEntry& entry) {
  const auto text = entry.only_text().value_or(std::string(value.text));
  const auto digits = lists::lowered(text).starts_with("as") ? text.substr(2) : text;
  if (!digits.empty() && std::ranges::all_of(digits, lists::is_digit)) {
    value.never("names and descriptions are no AS numbers: those belong in asn");
  }
  if (net::read_network(text)) value.never("it is an address: it belongs in ip_net");
  if (lists::lowered(value.text) == "none" || value.text == "<>") {
    value.never("what is unknown, None in the log, matches no entry");
  }
  if (value.field == lists::Field::net_name && entry.needs(these(","))) {
    value.warn("a network's name has no comma: write one entry a line");
  }
  if (!entry.literal() && is_lower_case(value.text)) {
    value.note("upper and lower case differ in a pattern, and there is no upper case letter in it");
  }
}

void check_description(Value& value, const TextEntry& entry) {
  const auto only = entry.only_text();
  const auto text = only.value_or(std::string(value.text));
  if (ends_without_country(value.text, entry.literal().has_value())) {
    value.warn(
        fmt::format("descriptions end with a country, as in GOOGLE - Google LLC, US (write {}.*)",
                    only ? ".*" + as_pattern(text) : text));
  }
  if (lists::never_matches_itself(value.text)) return;  // reading it has said what to write
  if (!is_old_description(text, only.has_value())) return;
  const auto name = text.substr(0, text.size() - 4);
  const auto now = fmt::format(
      "since 2026 descriptions have the holder's full name: NAME - Full Name,{} (write {} %- .*)",
      text.substr(text.size() - 3), only ? as_pattern(name) : name);
  if (value.action == lists::Action::allow) {
    value.warn("it matches no description of today; " + now);
  } else {
    value.note("this is the old form, which still matches; " + now);
  }
}

}  // namespace badclients::admin
