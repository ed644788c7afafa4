// check_host, check_allowed_host: entries of rev_host.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/lint_text.hpp"
#include "config/values.hpp"
#include "lists/entry.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using config::quote;

namespace {

constexpr std::array<std::string_view, 3> any_text{".*", ".+", ".-"};

std::string why_not_in_a_name(char c, std::string_view text) {
  if (lists::is_blank(c)) return "a host name has no blank";
  if (c == '{') return "there are no counted repetitions, and a host name has no '{'";
  if (c == '\\') return "a host name has no backslash; % escapes (write %. for a dot)";
  if (c == '|') return "a host name has no '|'; write one line for each";
  if (c != '*') return fmt::format("a host name has no {}", quote({&c, 1}));
  return fmt::format("a host name has no *; any text is .* in a pattern (write {})",
                     as_pattern(text));
}

/// The host name that the entry is, with its dots escaped or not; nothing for a real pattern.
std::optional<std::string> bare_domain(std::string_view text, const TextEntry& entry) {
  const auto& literal = entry.literal();
  std::string host(literal.value_or(text));
  const bool escapes = !literal && host.find('%') != std::string::npos;
  if (escapes) std::erase(host, '%');
  const bool good = std::ranges::all_of(
      host, [](char c) { return base::is_letter_or_digit(c) || c == '.' || c == '-'; });
  const bool inner = !host.empty() && host.front() != '.' && host.back() != '.';
  if (!good || !inner || (escapes && !entry.only_text())) return std::nullopt;
  return lists::never_matches_itself(text) ? std::nullopt : std::optional(std::move(host));
}

/// Few hosts are called as a domain is, or have a name without one.
void check_domain(Value& value, const std::string& domain) {
  const auto dots = std::ranges::count(domain, '.');
  const auto pattern = as_pattern(lists::lowered(domain));
  if (dots == 0 && domain != "localhost") {
    value.warn(
        fmt::format("names have a domain, and it has to match all of one (write .*{}.*)", pattern));
  } else if (dots == 1 && value.action == lists::Action::deny) {
    value.note(fmt::format("it matches this name alone; what ends so is .*%.{}", pattern));
  }
}

void check_dots(Value& value, const TextEntry& entry) {
  const auto text = value.text;
  if (const auto& literal = entry.literal()) {
    if (literal->ends_with('.')) value.never("names are compared without their last dot");
    if (literal->starts_with('.')) {
      value.never(fmt::format("no name begins with a dot (write .*{})", as_pattern(*literal)));
    }
    return;
  }
  if (text.size() > 1 && text[0] == '.' && base::is_letter_or_digit(text[1])) {
    value.warn(fmt::format("the first dot stands for one character; what ends so is .*{}",
                           as_pattern(text)));
  }
  if (text.size() > 1 && text.ends_with('.') && text[text.size() - 2] != '%') {
    value.warn("the last dot stands for one more character; names are compared without theirs");
  }
}

}  // namespace

void check_host(Value& value, const TextEntry& entry) {
  if (net::read_network(entry.only_text().value_or(std::string(value.text)))) {
    return value.never("it is an address, not a name: it belongs in ip_net");
  }
  if (const auto c = entry.needed_of("{\\ \t/@:,;#\"|*=!")) {
    return value.never(why_not_in_a_name(*c, entry.literal().value_or(value.text)));
  }
  if (is_unknown(value.text)) {
    return value.warn("an address without a reverse name has <> (write <>)");
  }
  const auto domain = bare_domain(value.text, entry);
  if (domain) check_domain(value, *domain);
  if (entry.needs_upper_case()) {
    value.warn(domain ? "it matches names with upper case letters only; lower case matches both"
                      : "it matches names with upper case letters only, and hardly one has any; "
                        "lower case matches both");
  }
  if (!domain) check_dots(value, entry);
}

void check_allowed_host(Value& value) {
  const auto entry = value.text;
  const auto say = [&](const std::string& what) {
    value.say(Severity::warning, fmt::format("{} {}", quote(entry), what));
  };
  if (entry == "<>") {
    return say(
        "never allows: an allow entry counts only for a name that resolves back to the address");
  }
  if (entry.starts_with('\'') || entry.starts_with('"')) return;
  auto rest = entry.starts_with('^') ? entry.substr(1) : entry;
  for (const auto any : any_text) {
    if (entry.ends_with(any) || entry.ends_with(fmt::format("{}$", any))) {
      return say(
          "lets in hosts of any domain: everybody may call a host so in a domain of his own; end "
          "it with the domain");
    }
  }
  for (const auto any : any_text) {
    if (!rest.starts_with(any) || rest.size() == any.size() ||
        !base::is_letter_or_digit(rest[any.size()]))
      continue;
    const auto domain = rest.substr(any.size());
    return say(fmt::format("lets in hosts of other domains, too: who owns not{} (write {}%.{})",
                           TextEntry(domain).only_text().value_or("such-a-domain"), any, domain));
  }
  // In front of the last domain any character is harmless: there is no example-org.
  for (std::size_t i = 1; i + 1 < rest.size(); ++i) {
    if (rest[i] != '.' || rest[i - 1] == '%' || !base::is_letter_or_digit(rest[i + 1])) continue;
    if (rest.find('.', i + 1) == std::string_view::npos) return;
    return say(
        "lets in hosts of other domains, too: its dots stand for any character (write %. for a "
        "dot)");
  }
}

}  // namespace badclients::admin
