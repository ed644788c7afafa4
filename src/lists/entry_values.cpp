#include "lists/entry_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/number.hpp"
#include "config/values.hpp"
#include "lists/coords.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/text.hpp"
#include "net/network_text.hpp"
#include "net/special.hpp"

namespace badclients::lists {

namespace {

using config::quote;

/// ISO 3166-1 alpha-2, and what the original accepts besides: AN, ZZ.
constexpr std::string_view country_codes =
    "AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
    "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK "
    "DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR "
    "GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM "
    "KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP "
    "MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL "
    "PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST "
    "SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG "
    "VI VN VU WF WS YE YT ZA ZM ZW ZZ ";

std::optional<std::uint32_t> positive_number(std::string_view text) {
  const auto number = base::number<std::uint32_t>(text);
  return number == 0U ? std::nullopt : number;
}

/// What to write for "1.10" (RFC 5396), "N64500", "" and others, behind AS.
std::string as_number_meant(std::string_view digits) {
  const auto dot = digits.find('.');
  const auto high = positive_number(digits.substr(0, dot));
  constexpr std::uint32_t half = 0xffff;
  if (dot != std::string_view::npos && high && *high <= half) {
    const auto low = digits.substr(dot + 1) == "0" ? 0U : positive_number(digits.substr(dot + 1));
    if (low && *low <= half) return fmt::format("write AS{}", (*high << 16U) + *low);
  }
  if (digits.starts_with('N') || digits.starts_with('n') || digits.starts_with('-')) {
    if (const auto number = positive_number(digits.substr(1))) {
      return fmt::format("write AS{}", *number);
    }
  }
  if (digits.empty()) return "write it without a blank: AS64500";
  if (positive_number(digits.substr(0, digits.find('-')))) return "one a line, there are no ranges";
  return "try AS64500";
}

Canonical read_asn(std::string_view word) {
  auto digits = word;
  if (lowered(word.substr(0, 2)) == "as") digits.remove_prefix(2);
  const auto number = positive_number(digits);
  if (number) return fmt::format("AS{}", *number);
  return tl::unexpected(fmt::format("{} is not an AS number from AS1 to AS4294967295 ({})",
                                    quote(word), as_number_meant(digits)));
}

Canonical read_geoname(std::string_view word) {
  const auto number = positive_number(word);
  if (number) return fmt::format("{}", *number);
  return tl::unexpected(fmt::format(
      "{} is not a GeoName ID (a number from geonames.org: try 2921044 for Germany)", quote(word)));
}

Canonical read_country(std::string_view word, Remarks& remarks) {
  auto code = uppered(word);
  if (is_country_code(code)) return code;
  // These are no countries, but registries (EU, AP) and GeoIP databases (XK) give them as such.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> others{
      {{"EU", "Europe"}, {"AP", "Asia and the Pacific"}, {"XK", "Kosovo"}}};
  for (const auto& [other, meaning] : others) {
    if (code != other) continue;
    note(remarks,
         fmt::format("{} is not in ISO 3166-1; some sources use it for {}", code, meaning));
    return code;
  }
  const auto* const hint = code == "UK"       ? "United Kingdom is GB"
                           : code.size() == 2 ? "badclients-lists(5) has all of them"
                                              : "two letters: badclients-lists(5) has all of them";
  return tl::unexpected(
      fmt::format("{} is not a country code of ISO 3166-1 ({})", quote(word), hint));
}

// Handles are compared whole. Characters that only a pattern has are an error: an entry that never
// matches must not look as if it did.
Canonical read_entity(std::string_view word) {
  if (word.ends_with(':')) {
    return tl::unexpected(
        fmt::format("{} is not a handle, but what stands before one in WHOIS (try VKCOMPANY-MNT)",
                    quote(word)));
  }
  auto handle = word;
  if (handle.starts_with('\'') || handle.starts_with('"')) handle.remove_prefix(1);
  if (handle.empty() || handle.find_first_of("!%*^$[]()?'\"\\") != std::string_view::npos) {
    return tl::unexpected(fmt::format(
        "{} is not a handle: entities are compared literally, not by patterns (try VKCOMPANY-MNT)",
        quote(word)));
  }
  return lowered(handle);
}

Canonical read_flag(std::string_view word, Remarks& remarks) {
  constexpr std::array<std::string_view, 6> known{"is_anonymous",         "is_anonymous_vpn",
                                                  "is_hosting_provider",  "is_public_proxy",
                                                  "is_residential_proxy", "is_tor_exit_node"};
  auto flag = lowered(word);
  if (std::find(known.begin(), known.end(), flag) != known.end()) return flag;
  const bool flag_like =
      flag.starts_with("is_") && std::all_of(flag.begin(), flag.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_';
      });
  if (!flag_like) {
    const auto* const meant = std::find_if(known.begin(), known.end(), [&](std::string_view each) {
      return flag.size() > 2 && each.find(flag) != std::string_view::npos;
    });
    return tl::unexpected(fmt::format("{} is not a flag of the Anonymous IP database (try {})",
                                      quote(word),
                                      meant == known.end() ? "is_hosting_provider" : *meant));
  }
  warn(remarks, fmt::format("{} is not a flag that the Anonymous IP database is known to have",
                            quote(word)));
  return flag;
}

Canonical read_service(std::string_view word) {
  const bool fits = std::all_of(word.begin(), word.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_';
  });
  if (fits && !word.empty()) return lowered(word);
  return tl::unexpected(
      fmt::format("{} is not a service (try imap, pop3, smtp, sieve)", quote(word)));
}

Canonical read_dnsbl(std::string_view word) {
  const auto entry = DnsblEntry::parse(word);
  if (!entry) return tl::unexpected(entry.error());
  return entry->str();
}

Canonical read_coords(std::string_view text) {
  const auto coords = Coords::parse(text);
  if (!coords) return tl::unexpected(coords.error());
  return coords->str();
}

// The IPv4 network that `network` carries: an address that carries an IPv4 address is compared as
// that, too.
std::optional<net::Network> carried_network(const net::Network& network) {
  const auto carried = network.base().carried();
  if (carried == network.base()) return std::nullopt;
  const unsigned before = network.base().bytes()[0] == 0x20 ? 16 : 96;  // 2002::/16, 64:ff9b::/96
  if (network.prefix() <= before) return std::nullopt;  // all of them: meant as written
  return net::Network{carried, std::min(network.prefix() - before, 32U)};
}

/// Whether there was something to say.
bool judge(const net::Network& network, Use use, Remarks& remarks) {
  if (const auto carried = carried_network(network)) {
    warn(remarks, fmt::format("{} matches only clients whose address is written so, not those of "
                              "the IPv4 addresses in it (write {} for both)",
                              network.str(), carried->str()));
    return true;
  }
  // No operator holds a network as wide as this: the registries' own blocks are /8 and /12.
  const bool v4 = network.base().is_v4();
  if (use == Use::allow_list || network.prefix() >= (v4 ? 8U : 12U)) return false;
  warn(remarks,
       fmt::format("{} matches {} {} address", network.str(),
                   network.prefix() == 0 ? "every" : "a large part of all logins: any",
                   network.prefix() == 0 ? (v4 ? "IPv4" : "IPv6") : "such"),
       true);
  return true;
}

/// Makes one remark at most, however many networks a range has.
void judge(std::string_view text, const net::NetworkText& read, Use use, Remarks& remarks) {
  const auto special = [](const net::Network& network) {
    return net::special_purpose_around(network);
  };
  const auto block = special(read.first);
  if (block && std::all_of(read.more.begin(), read.more.end(), special)) {
    warn(remarks, fmt::format("{} has no effect: it lies in {}, which is never refused",
                              read.more.empty() ? read.first.str() : std::string(text), *block));
    return;
  }
  if (judge(read.first, use, remarks)) return;
  [[maybe_unused]] const bool said =
      std::any_of(read.more.begin(), read.more.end(),
                  [&](const net::Network& network) { return judge(network, use, remarks); });
}

}  // namespace

bool is_country_code(std::string_view word) {
  return word.size() == 2 && std::all_of(word.begin(), word.end(), is_letter) &&
         country_codes.find(word) != std::string_view::npos;
}

Canonical read_word(Field field, std::string_view word, Remarks& remarks) {
  switch (field) {
    case Field::asn:
      return read_asn(word);
    case Field::as_cc:
    case Field::net_cc:
    case Field::maxmind_geo_cc:
      return read_country(word, remarks);
    case Field::entity:
      return read_entity(word);
    case Field::dnsbl:
      return read_dnsbl(word);
    case Field::maxmind_geo_loc:
      return read_geoname(word);
    case Field::maxmind_anonymous:
      return read_flag(word, remarks);
    case Field::service:
      return read_service(word);
    case Field::maxmind_coords:
      return read_coords(word);
    case Field::ip_net:  // may be more than a word
    case Field::rev_host:
    case Field::as_dscr:
    case Field::net_name:
    case Field::client_id:
    case Field::maxmind_as_org:
    case Field::user:
    case Field::master:
    case Field::user_name:
      break;  // patterns and names are no words
  }
  return tl::unexpected(std::string{"not an entry of this list"});
}

tl::expected<NetworkEntry, std::string> read_network_entry(std::string_view text, Use use,
                                                           Remarks& remarks) {
  const auto read = net::read_network(text);
  if (!read) return tl::unexpected(read.error());
  NetworkEntry entry{read->first.str(), {}, read->length};
  for (const auto& network : read->more) entry.more.push_back(network.str());
  const auto word = text.substr(0, read->length);
  if (read->host_bits) {
    note(remarks, fmt::format("{} has host bits set: it is read as {}", quote(word), entry.value));
  }
  judge(word, *read, use, remarks);
  return entry;
}

}  // namespace badclients::lists
