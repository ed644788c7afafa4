// Of TextJudge: entries of as_dscr, net_name and maxmind/as_org.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "admin/text_judge.hpp"
#include "config/values.hpp"
#include "lists/entry.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using lists::Field;

void TextJudge::of_name() {
  const auto text = text_.only_text().value_or(std::string(entry_));
  const auto digits = lists::lowered(text).starts_with("as") ? text.substr(2) : text;
  const bool number = !digits.empty() && std::ranges::all_of(digits, lists::is_digit);
  if (number) never("names and descriptions are no AS numbers: those belong in asn");
  if (net::read_network(text)) never("it is an address: it belongs in ip_net");
  if (lists::lowered(entry_) == "none" || entry_ == "<>") {
    never("what is unknown, None in the log, matches no entry");
  }
  if (field_ == Field::net_name && text_.needs(these(","))) {
    warn("a network's name has no comma: write one entry a line");
  }
  if (is_lower_case()) {
    note("upper and lower case differ in a pattern, and there is no upper case letter in it");
  }
}

/// A pattern with a few letters, all lower case, outside of classes.
bool TextJudge::is_lower_case() const {
  if (text_.literal() || entry_.find('[') != std::string_view::npos) return false;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < entry_.size(); ++i) {
    if (entry_[i] == '%') {
      ++i;
    } else if (lists::is_letter(entry_[i])) {
      if (entry_[i] < 'a') return false;
      ++letters;
    }
  }
  return letters > 2;
}

/// Where the description of an AS would have to end with more letters than a country has.
bool TextJudge::ends_without_country() const {
  auto text = entry_;
  if (!text_.literal() && text.ends_with('$')) text.remove_suffix(1);
  std::size_t letters = 0;
  while (letters < text.size() && (lists::is_letter(text[text.size() - 1 - letters]) ||
                                   lists::is_digit(text[text.size() - 1 - letters]))) {
    ++letters;
  }
  const bool escape = letters < text.size() && text[text.size() - 1 - letters] == '%';
  return letters - (escape && !text_.literal() ? 1 : 0) > 2;
}

/// Team Cymru's form of before 2026: a country at its end, and no room for the holder's full
/// name.
void TextJudge::of_description() {
  const auto pattern = text_.only_text().value_or(std::string(entry_));
  if (ends_without_country()) {
    warn(
        fmt::format("descriptions end with a country, as in GOOGLE - Google LLC, US (write "
                    "{}.*)",
                    text_.only_text() ? ".*" + as_pattern(pattern) : pattern));
  }
  if (lists::never_matches_itself(entry_)) return;  // reading it has said what to write
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
    note(fmt::format("this is the old form, which still matches; {} {}", now, write));
  }
}

}  // namespace badclients::admin
