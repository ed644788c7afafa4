// check_value: entries that are no patterns, and the way to those that are.

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "admin/lint_text.hpp"
#include "config/values.hpp"
#include "lists/coords.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/entry.hpp"
#include "net/network.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using config::quote;
using lists::Field;

namespace {

struct Block {
  std::uint64_t first, last;
  const char* meaning;
};

/// IANA's registry of AS numbers: those that nobody announces anything from.
constexpr std::array<Block, 7> reserved{{
    {23456, 23456, "stands for AS numbers of four bytes (RFC 6793)"},
    {64496, 64511, "is for documentation (RFC 5398)"},
    {64512, 65534, "is for private use (RFC 6996)"},
    {65535, 65535, "is reserved (RFC 7300)"},
    {65536, 65551, "is for documentation (RFC 5398)"},
    {4200000000, 4294967294, "is for private use (RFC 6996)"},
    {4294967295, 4294967295, "is reserved (RFC 7300)"},
}};

void check_asn(Value& value) {
  const auto number = std::stoull(std::string(value.text.substr(2)));
  for (const auto& [first, last, meaning] : reserved) {
    if (number < first || last < number) continue;
    value.say(Severity::warning, fmt::format("{} {}, and announces nothing", value.text, meaning));
  }
}

void check_country(Value& value) {
  if (value.text != "ZZ") return;
  value.say(Severity::error,
            "ZZ never matches: it is the country of special-purpose addresses, which are never "
            "refused");
}

/// Handles are compared as they are; other things that name somebody are none.
void check_entity(Value& value) {
  const auto text = value.text;
  const bool asn = text.starts_with("as") && text.size() > 2 &&
                   text.find_first_not_of("0123456789", 2) == std::string_view::npos;
  if (net::read_network(text)) value.never("it is an address: it belongs in ip_net");
  if (text.find('@') != std::string_view::npos) {
    value.never("it is a mail address, and no handle");
  }
  if (asn) value.never("it is an AS number: it belongs in asn");
}

void check_coords(Value& value) {
  if (const auto share = lists::Coords::parse(value.text); share && share->intersection > 1) {
    value.say(
        Severity::warning,
        fmt::format("{}: the intersection is a share, 0.5 is 50 per cent; with 1 and more the "
                    "centre has to lie in the circle",
                    value.text));
  }
  if (value.text == "38.741104,-49.6676859,100,0.5") {
    value.say(Severity::warning,
              "this is the example that came with the original: 100 km around a point in the "
              "Atlantic");
  }
}

void check_service(Value& value) {
  if (const auto hint = config::service_meant(value.text); !hint.empty()) {
    value.never(fmt::format("Dovecot has no such service ({})", hint));
  }
}

void check_allowed_network(Value& value) {
  const auto network = net::Network::parse(value.text);
  if (!network || !is_too_wide(*network)) return;
  const auto* what = network->prefix() != 0    ? "a large part of all logins: any such"
                     : network->base().is_v4() ? "every IPv4"
                                               : "every IPv6";
  value.say(Severity::warning,
            fmt::format("{} lets in {} address, whatever the other lists say", value.text, what));
}

bool is_in(std::string_view zone, std::string_view domain) {
  return zone == domain || (zone.ends_with(domain) && zone[zone.size() - domain.size() - 1] == '.');
}

/// Lists that hold what is no reason to refuse a login, or answer no more.
void check_zone(Value& value) {
  const auto entry = lists::DnsblEntry::parse(value.text);
  if (!entry) return;
  const auto& zone = entry->zone();
  const auto say = [&](Severity severity, std::string_view what) {
    value.say(severity, fmt::format("{} {}", quote(value.text), what));
  };
  const auto is_list = [&](std::string_view name) {
    return fmt::format(".{}", zone).find(fmt::format(".{}.", name)) != std::string::npos;
  };
  const bool spamhaus = is_in(zone, "spamhaus.org") || is_in(zone, "dq.spamhaus.net");
  const bool homes = entry->matches(net::Address::v4(0x7f00000a)) ||  // 127.0.0.10
                     entry->matches(net::Address::v4(0x7f00000b));
  if (zone.find_first_not_of("0123456789.") == std::string::npos) {
    value.never("it is an address, and no zone");
  } else if (is_in(zone, "sorbs.net")) {
    value.never("SORBS was shut down in 2024, and answers nothing");
  } else if (is_in(zone, "dnswl.org")) {
    say(Severity::warning, "lists good mail servers: here it refuses them");
  } else if (is_in(zone, "surbl.org") || is_in(zone, "uribl.com") ||
             (spamhaus && (is_list("dbl") || is_list("zrd")))) {
    say(Severity::error,
        "lists names of domains: what it answers for an address says nothing about it");
  } else if (spamhaus && homes && (is_list("zen") || is_list("pbl"))) {
    say(Severity::warning,
        fmt::format("refuses users at home: Spamhaus' PBL lists networks of homes and of mobile "
                    "phones{}",
                    is_list("zen") ? fmt::format(" (write {}=127.0.0.[2..9])", zone) : ""));
  } else if (zone.find('.') == std::string::npos) {
    say(Severity::warning, "has no dot: is it a zone of DNS?");
  }
}

}  // namespace

void Value::warn(std::string_view what) {
  say(Severity::warning, fmt::format("{}: {}", quote(text), what));
}

void Value::note(std::string_view what) {
  say(Severity::note, fmt::format("{}: {}", quote(text), what));
}

void Value::never(std::string_view why) {
  say(Severity::error, fmt::format("{} never matches: {}", quote(text), why));
}

bool is_too_wide(const net::Network& network) {
  return network.prefix() < (network.base().is_v4() ? 8U : 12U);
}

void check_value(Value& value) {
  const bool allows = value.action == lists::Action::allow;
  switch (value.field) {
    case Field::ip_net:
      return allows ? check_allowed_network(value) : void();
    case Field::asn:
      return check_asn(value);
    case Field::as_cc:
    case Field::net_cc:
    case Field::maxmind_geo_cc:
      return check_country(value);
    case Field::entity:
      return check_entity(value);
    case Field::dnsbl:
      return allows ? void() : check_zone(value);
    case Field::maxmind_coords:
      return check_coords(value);
    case Field::service:
      return check_service(value);
    default:
      if (lists::is_pattern(value.field)) check_text(value);
  }
}

}  // namespace badclients::admin
