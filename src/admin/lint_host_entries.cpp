// Of TextJudge: entries of rev_host.

#include <fmt/format.h>

#include <algorithm>

#include "admin/text_judge.hpp"
#include "config/values.hpp"
#include "lists/entry.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using config::quote;
using lists::Field;

std::string TextJudge::why_not_in_a_name(char c) const {
  if (c == ' ' || c == '\t') return "a host name has no blank";
  if (c == '{') return "there are no counted repetitions, and a host name has no '{'";
  if (c == '\\') return "a host name has no backslash; % escapes (write %. for a dot)";
  if (c == '|') return "a host name has no '|'; write one line for each";
  if (c != '*') return fmt::format("a host name has no {}", quote({&c, 1}));
  return fmt::format("a host name has no *; any text is .* in a pattern (write {})",
                     as_pattern(text_.literal() ? *text_.literal() : entry_));
}

void TextJudge::of_host() {
  const auto only = text_.only_text();
  if (net::read_network(only ? *only : std::string(entry_))) {
    return never("it is an address, not a name: it belongs in ip_net");
  }
  constexpr std::string_view not_in_names = "{\\ \t/@:,;#\"|*=!";
  for (const char c : not_in_names) {
    if (!text_.needs(these({&c, 1}))) continue;
    return never(why_not_in_a_name(c));
  }
  if (is_unknown(entry_)) return warn("an address without a reverse name has <> (write <>)");
  if (const auto domain = bare_domain()) return of_domain(*domain);
  if (needs_upper_case()) {
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

/// The host name that the entry is, with its dots escaped or not; nothing for a real pattern.
std::optional<std::string> TextJudge::bare_domain() const {
  std::string host;
  for (const char c : text_.literal().value_or(entry_)) {
    if (c == '%' && !text_.literal()) continue;
    if (!lists::is_letter(c) && !lists::is_digit(c) && c != '.' && c != '-') return std::nullopt;
    host += c;
  }
  const bool inner = !host.empty() && host.front() != '.' && host.back() != '.';
  const bool classes = !text_.literal() && !text_.only_text() && entry_.find('%') != entry_.npos;
  return inner && !classes && !lists::never_matches_itself(entry_) ? std::optional(host)
                                                                   : std::nullopt;
}

/// Few hosts are called as a domain is, or have a name without one.
void TextJudge::of_domain(const std::string& domain) {
  const auto dots = std::ranges::count(domain, '.');
  const auto pattern = as_pattern(lists::lowered(domain));
  if (dots == 0 && domain != "localhost") {
    warn(
        fmt::format("names have a domain, and it has to match all of one (write .*{}.*)", pattern));
  } else if (dots == 1 && action_ == lists::Action::deny) {
    note(fmt::format("it matches this name alone; what ends so is .*%.{}", pattern));
  }
  if (needs_upper_case()) {
    warn("it matches names with upper case letters only; lower case matches both");
  }
}

}  // namespace badclients::admin
