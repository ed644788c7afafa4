#include "lookup/questions/whois_reading.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "facts/escape.hpp"
#include "facts/serialise.hpp"
#include "lookup/questions/placeholder.hpp"
#include "lookup/transport/text.hpp"

namespace badclients::lookup {

namespace {

using Kind = WhoisReading::Kind;
using Range = std::pair<net::Address, net::Address>;

constexpr std::size_t longest_quote = 100;

struct Attribute {
  std::string key;  ///< lower case
  std::string value;
};

/// The answer's lines, sorted: what is said about networks, and what the server says for itself.
struct Lines {
  std::vector<Attribute> attributes;  ///< an empty key parts two objects
  std::vector<std::string_view> remarks;
};

/// Comments of all five, and lines that are no attribute ("No match found for ...").
Lines sort_lines(std::string_view answer) {
  Lines lines;
  while (!answer.empty()) {
    const auto end = std::min(answer.find('\n'), answer.size() - 1);
    const auto line = answer.substr(0, end + 1);
    answer.remove_prefix(end + 1);
    const auto text = trim(line.substr(0, line.find('\n')));
    const auto colon = text.find(':');
    if (text.empty()) {
      lines.attributes.push_back({});
    } else if (text.front() == '%' || text.front() == '#') {
      lines.remarks.push_back(text);
    } else if (line.front() == ' ' || line.front() == '\t' || line.front() == '+') {
      continue;  // more of a value; none of those that count has more than one line
    } else if (colon == std::string_view::npos || text.substr(0, colon).find(' ') != text.npos) {
      lines.remarks.push_back(text);
    } else {
      lines.attributes.push_back(
          {lower(text.substr(0, colon)), to_utf8(trim(text.substr(colon + 1)))});
    }
  }
  return lines;
}

/// `200.57.128` as `200.57.128.0`: LACNIC leaves zeros out.
std::string padded(std::string_view address) {
  std::string text(address);
  if (text.find(':') != std::string::npos) return text;
  for (auto dots = std::ranges::count(text, '.'); dots < 3; ++dots) text += ".0";
  return text;
}

/// `FIRST - LAST` or `ADDRESS/PREFIX`.
std::optional<Range> range_of(std::string_view value) {
  const auto parsed = [](std::string_view text) { return net::Address::parse(padded(trim(text))); };
  if (const auto dash = value.find('-'); dash != std::string_view::npos) {
    const auto first = parsed(value.substr(0, dash)), last = parsed(value.substr(dash + 1));
    if (!first || !last || *last < *first || first->family() != last->family()) return {};
    return Range{*first, *last};
  }
  const auto slash = value.find('/');
  if (slash == std::string_view::npos) return {};
  const auto network =
      net::Network::parse(padded(value.substr(0, slash)).append(value.substr(slash)));
  if (!network) return {};
  return Range{network->base(), network->last()};
}

bool holds(const Range& range, const net::Address& address) {
  return range.first.family() == address.family() && range.first <= address &&
         address <= range.second;
}

/// One network object, as far as it has been read.
struct Network {
  facts::Registration registration;
  std::optional<config::Config::Endpoint> referral;

  void add_entity(std::string_view handle) {
    auto& entities = registration.entities;
    if (handle.empty() || handle.size() > facts::longest_field ||
        entities.size() == facts::most_members ||
        std::ranges::find(entities, handle) != entities.end()) {
      return;
    }
    entities.emplace_back(handle);
  }
};

/// `Google Inc. (GOGL)` -> `GOGL`
std::string_view handle_in_parentheses(std::string_view value) {
  const auto open = value.rfind('(');
  if (open == std::string_view::npos || value.back() != ')') return {};
  return value.substr(open + 1, value.size() - open - 2);
}

/// `HOST`, `HOST:PORT`, `[V6]:PORT`, perhaps with a path behind. Ports: 43 and those that no
/// other well-known service has, for the name may be anyone's.
std::optional<config::Config::Endpoint> endpoint_of(std::string_view text) {
  text = text.substr(0, text.find('/'));
  config::Config::Endpoint endpoint{lower(text), 43};
  const auto bracket = text.rfind(']'), colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos &&
      (bracket == std::string_view::npos ? text.find(':') == colon : colon > bracket);
  if (has_port) {
    const auto port = number<std::uint16_t>(text.substr(colon + 1));
    if (!port || (*port != 43 && *port < 1024)) return std::nullopt;
    endpoint = {lower(text.substr(0, colon)), *port};
  }
  if (bracket != std::string_view::npos && endpoint.host.starts_with('[') &&
      endpoint.host.ends_with(']')) {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  if (endpoint.host.empty() || endpoint.host.size() > 255) return std::nullopt;
  return endpoint;
}

/// `whois://HOST[:PORT]`; rwhois and web pages are none.
std::optional<config::Config::Endpoint> referral_of(std::string_view value) {
  constexpr std::string_view scheme = "whois://";
  return lower(value).starts_with(scheme) ? endpoint_of(value.substr(scheme.size())) : std::nullopt;
}

void read_rpsl(const Attribute& attribute, Network& network) {
  constexpr std::array<std::string_view, 8> of_entities{"org",    "admin-c", "tech-c",  "abuse-c",
                                                        "mnt-by", "mnt-irt", "ownerid", "owner-c"};
  const auto value = std::string_view(attribute.value);
  // A comment may stand behind every value but a name: `source: RIPE # Filtered`.
  const auto plain = trim(value.substr(0, value.find('#')));
  auto& registration = network.registration;
  if (attribute.key == "netname" || (attribute.key == "owner" && registration.name.empty())) {
    registration.name = value.substr(0, facts::longest_field);
  } else if (attribute.key == "country" && registration.country.empty()) {
    registration.country = country_code(plain);
  } else if (std::ranges::find(of_entities, attribute.key) != of_entities.end()) {
    for (const auto handle : words(plain)) network.add_entity(handle);
  }
}

void read_arin(const Attribute& attribute, Network& network) {
  const auto& [key, value] = attribute;
  if (key == "netname") {
    network.registration.name = value.substr(0, facts::longest_field);
  } else if (key == "organization" || key == "customer") {
    network.add_entity(handle_in_parentheses(value));
  } else if (key == "orgid" || (key.ends_with("handle") && key != "nethandle")) {
    network.add_entity(value);
  } else if (key == "referralserver" && !network.referral) {
    network.referral = referral_of(value);
  }
}

/// All network objects that hold the address. ARIN's begin at `NetRange` and go on through the
/// organisation's and the contacts' objects; the others' are one object that begins at `inetnum`.
std::vector<Network> networks_in(const std::vector<Attribute>& attributes,
                                 const net::Address& address) {
  std::vector<Network> networks;
  auto* read = &read_rpsl;
  bool inside = false;
  for (const auto& attribute : attributes) {
    const bool rpsl = attribute.key == "inetnum" || attribute.key == "inet6num";
    if (rpsl || attribute.key == "netrange") {
      read = rpsl ? &read_rpsl : &read_arin;
      const auto range = range_of(attribute.value);
      inside = range && holds(*range, address);
      if (inside) networks.emplace_back().registration.range = range;
    } else if (attribute.key.empty()) {
      inside = inside && read == &read_arin;
    } else if (inside) {
      read(attribute, networks.back());
    }
  }
  return networks;
}

bool within(const Range& inner, const Range& outer) {
  return outer.first <= inner.first && inner.second <= outer.second;
}

const Network* most_specific(const std::vector<Network>& networks) {
  const Network* best = nullptr;
  for (const auto& network : networks) {
    const auto& range = *network.registration.range;
    if (!best || (range != *best->registration.range && within(range, *best->registration.range))) {
      best = &network;
    }
  }
  return best;
}

template <std::size_t size>
bool has_any(std::string_view text, const std::array<std::string_view, size>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return contains(text, word); });
}

/// The first remark that has one of the words in it.
template <std::size_t size>
const std::string_view* remark_with(const Lines& lines,
                                    const std::array<std::string_view, size>& words) {
  for (const auto& remark : lines.remarks) {
    if (has_any(remark, words)) return &remark;
  }
  return nullptr;
}

/// The registries' words for "you ask too much" (RIPE: the 200s are access control). The first ones
/// stand in answers that have a network too (NIC.br: "Reduced information"); the others are weaker,
/// and count only where the answer has nothing else to say.
constexpr std::array<std::string_view, 5> too_much{"rate limit exceeded", "%error:2", "%error: 2",
                                                   "%error:306", "%error: 306"};
constexpr std::array<std::string_view, 7> perhaps_too_much{
    "exceeded", "denied", "too many", "limit", "blocked", "banned", "try again"};
/// Of these, the words for a ban: RIPE's, APNIC's and AFRINIC's 201 and 202 say that the day's
/// limit is passed, or that there is no more access at all.
constexpr std::array<std::string_view, 8> ban{"error:201",  "error: 201", "error:202",
                                              "error: 202", "denied",     "banned",
                                              "blocked",    "blacklisted"};
constexpr std::array<std::string_view, 6> no_entries{
    "%error:101", "no entries found", "no match", "no data found", "not found", "not allocated"};

/// What a person would read first: the first remark with letters in it, else the first attribute.
std::string gist(const Lines& lines) {
  for (const auto& remark : lines.remarks) {
    const auto text = trim(remark.substr(std::min(remark.find_first_not_of("%#"), remark.size())));
    if (!text.empty()) return facts::printable(text, longest_quote);
  }
  for (const auto& [key, value] : lines.attributes) {
    if (!key.empty()) return facts::printable(key + ": " + value, longest_quote);
  }
  return {};
}

}  // namespace

WhoisReading read_whois(std::string_view answer, const net::Address& address) {
  auto lines = sort_lines(answer);
  WhoisReading reading;
  const auto conclude = [&](Kind kind, const std::string_view* remark) {
    reading.kind = kind;
    reading.said = remark ? facts::printable(*remark, longest_quote) : gist(lines);
    reading.denied = kind == Kind::not_now && has_any(*remark, ban);
    return reading;
  };
  for (const auto& [key, value] : lines.attributes) {
    if (key == "refer" && !reading.referral) reading.referral = endpoint_of(value);
    // Not an attribute of any network: `ERROR: query rate limit exceeded`.
    if (key == "error") lines.remarks.push_back(value);
  }

  if (const auto* remark = remark_with(lines, too_much)) return conclude(Kind::not_now, remark);
  const auto networks = networks_in(lines.attributes, address);
  if (const auto* network = most_specific(networks)) {
    reading.kind = is_placeholder(network->registration) ? Kind::elsewhere : Kind::network;
    reading.registration = network->registration;
    if (network->referral) reading.referral = network->referral;
    return reading;
  }
  if (const auto* remark = remark_with(lines, no_entries)) return conclude(Kind::nothing, remark);
  if (const auto* remark = remark_with(lines, perhaps_too_much)) {
    return conclude(Kind::not_now, remark);
  }
  return conclude(Kind::unreadable, nullptr);
}

}  // namespace badclients::lookup
