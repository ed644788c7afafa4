// doubts_about_reach, check_rule_reach: entries and rules that let in, or refuse, far more logins
// than they seem to.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/lint.hpp"
#include "admin/text_entry.hpp"
#include "config/values.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/text.hpp"
#include "net/network.hpp"

namespace badclients::admin {

using config::quote;
using lists::Action;
using lists::Field;
using Severity = config::Problem::Severity;

namespace {

Doubts warning(std::string text) {
  return {{Severity::warning, std::move(text)}};
}

bool is_word(char c) {
  return lists::is_letter(c) || lists::is_digit(c);
}

Doubts about_allowed_network(std::string_view value) {
  const auto network = net::Network::parse(value);
  if (!network) return {};
  const bool v4 = network->base().is_v4();
  // As for deny lists: no operator holds a network as wide as this.
  if (network->prefix() >= (v4 ? 8U : 12U)) return {};
  const auto* what = network->prefix() != 0 ? "a large part of all logins: any such"
                     : v4                   ? "every IPv4"
                                            : "every IPv6";
  return warning(fmt::format("{} lets in {} address, whatever the other lists say", value, what));
}

/// A name counts for an allow entry where it leads back to the address: its domain's owner gives it
/// to whichever host he wants. So an entry has to hold on to a domain.
Doubts about_allowed_name(std::string_view entry) {
  if (entry.starts_with('\'') || entry.starts_with('"')) return {};
  const auto ends_openly = [&](std::string_view end) { return entry.ends_with(end); };
  if (std::ranges::any_of(std::array{".*", ".+", ".-", ".*$", ".+$", ".-$"}, ends_openly)) {
    return warning(
        fmt::format("{} lets in hosts of any domain: everybody may call a host so in a domain of "
                    "his own; end it with the domain",
                    quote(entry)));
  }
  auto rest = entry.starts_with('^') ? entry.substr(1) : entry;
  for (const std::string_view begin : {".*", ".+", ".-"}) {
    if (!rest.starts_with(begin) || rest.size() == begin.size() || !is_word(rest[begin.size()])) {
      continue;
    }
    const auto domain = rest.substr(begin.size());
    return warning(fmt::format(
        "{} lets in hosts of other domains, too: whoever owns not{} (write {}%.{})", quote(entry),
        TextEntry(domain).only_text().value_or("such-a-domain"), begin, domain));
  }
  // In front of the last domain any character is harmless: there is no example-org.
  for (std::size_t i = 1; i + 1 < rest.size(); ++i) {
    if (rest[i] != '.' || rest[i - 1] == '%' || !is_word(rest[i + 1])) continue;
    if (rest.find('.', i + 1) == std::string_view::npos) break;
    return warning(
        fmt::format("{} lets in hosts of other domains, too: its dots stand for any character "
                    "(write %. for a dot)",
                    quote(entry)));
  }
  return {};
}

bool is_in(std::string_view zone, std::string_view domain) {
  return zone == domain || (zone.ends_with(domain) && zone[zone.size() - domain.size() - 1] == '.');
}

/// Lists that are known to hold what is no reason to refuse a login, or to answer no more.
Doubts about_zone(std::string_view value) {
  const auto entry = lists::DnsblEntry::parse(value);
  if (!entry) return {};
  const auto& zone = entry->zone();
  const auto never = [&](std::string_view why) {
    return Doubts{{Severity::error, fmt::format("{} {}", quote(value), why)}};
  };
  if (zone.find_first_not_of("0123456789.") == std::string::npos) {
    return never("never matches: it is an address, and no zone");
  }
  const bool spamhaus = is_in(zone, "spamhaus.org") || is_in(zone, "dq.spamhaus.net");
  const auto is_list = [&](std::string_view name) {
    return zone.starts_with(fmt::format("{}.", name)) ||
           zone.find(fmt::format(".{}.", name)) != std::string::npos;
  };
  if (is_in(zone, "sorbs.net")) {
    return never("never matches: SORBS was shut down in 2024, and answers nothing");
  }
  if (is_in(zone, "dnswl.org")) {
    return warning(fmt::format("{} lists good mail servers: here it refuses them", quote(value)));
  }
  if (is_in(zone, "surbl.org") || is_in(zone, "uribl.com") ||
      (spamhaus && (is_list("dbl") || is_list("zrd")))) {
    return never("lists names of domains: what it answers for an address says nothing about it");
  }
  const bool homes = entry->matches(net::Address::v4(0x7f00000a)) ||  // 127.0.0.10
                     entry->matches(net::Address::v4(0x7f00000b));
  if (spamhaus && homes && (is_list("zen") || is_list("pbl"))) {
    return warning(fmt::format(
        "{} refuses users at home: Spamhaus' PBL lists networks of homes and of mobile phones{}",
        quote(value), is_list("zen") ? fmt::format(" (write {}=127.0.0.[2..9])", zone) : ""));
  }
  if (zone.find('.') == std::string::npos) {
    return warning(fmt::format("{} has no dot: is it a zone of DNS?", quote(value)));
  }
  return {};
}

}  // namespace

Doubts doubts_about_reach(Field field, Action action, std::string_view value) {
  const bool allows = action == Action::allow;
  if (field == Field::ip_net && allows) return about_allowed_network(value);
  if (field == Field::rev_host && allows) return about_allowed_name(value);
  if (field == Field::dnsbl && !allows) return about_zone(value);
  return {};
}

std::string doubt_about_reach(const lists::ClientRule& rule) {
  const auto is_positive = [](const lists::Clause& clause) { return !clause.negated; };
  const auto positive = std::ranges::count_if(rule.clauses, is_positive);
  if (positive == 0) {
    return "the rule says only which logins it does not refuse: it refuses all others";
  }
  const auto is_service = [](const lists::Clause& clause) {
    return clause.field == Field::service && !clause.negated;
  };
  if (std::ranges::count_if(rule.clauses, is_service) != positive) return {};
  return "the rule names no app and no network, only a service: it refuses everybody there";
}

}  // namespace badclients::admin
