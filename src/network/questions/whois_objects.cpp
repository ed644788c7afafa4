#include "network/questions/whois_objects.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/values.hpp"
#include "facts/handle.hpp"
#include "facts/serialise.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

using Range = std::pair<net::Address, net::Address>;

/// `200.57.128` as `200.57.128.0`: LACNIC leaves zeros out.
std::string padded(std::string_view address) {
  std::string text(address);
  if (text.find(':') != std::string::npos) return text;
  for (auto dots = std::ranges::count(text, '.'); dots < 3; ++dots) text += ".0";
  return text;
}

/// `FIRST - LAST` or `ADDRESS/PREFIX`, a comment behind it or not.
std::optional<Range> range_of(std::string_view value) {
  value = trimmed(value.substr(0, value.find('#')));
  const auto parsed = [](std::string_view text) {
    return net::Address::parse(padded(trimmed(text)));
  };
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

void add_entity(WhoisNetwork& network, std::string_view handle) {
  auto& entities = network.object.registration.entities;
  if (handle.empty() || handle.size() > facts::longest_field ||
      entities.size() == facts::most_members ||
      std::ranges::find(entities, handle) != entities.end()) {
    return;
  }
  entities.emplace_back(handle);
}

/// `Google Inc. (GOGL)` -> `GOGL`
std::string_view handle_in_parentheses(std::string_view value) {
  const auto open = value.rfind('(');
  if (open == std::string_view::npos || value.back() != ')') return {};
  return value.substr(open + 1, value.size() - open - 2);
}

/// `whois://HOST[:PORT]`, or the host alone; rwhois and web pages are none.
std::optional<config::Config::Endpoint> referral_of(std::string_view value) {
  constexpr std::string_view scheme = "whois://";
  if (lowered(value).starts_with(scheme)) return endpoint_of(value.substr(scheme.size()));
  const bool bare =
      !lowered(value).starts_with("rwhois") && value.find("://") == std::string_view::npos &&
      value.find(' ') == std::string_view::npos && value.find('.') != std::string_view::npos;
  return bare ? endpoint_of(value) : std::nullopt;
}

void read_rpsl(const WhoisAttribute& attribute, WhoisNetwork& network) {
  constexpr std::array<std::string_view, 7> of_entities{"org",    "admin-c", "tech-c", "abuse-c",
                                                        "mnt-by", "mnt-irt", "owner-c"};
  const auto& key = attribute.key;
  const auto value = std::string_view(attribute.value);
  // A comment may stand behind every value but a name: `source: RIPE # Filtered`.
  const auto plain = trimmed(value.substr(0, value.find('#')));
  auto& registration = network.object.registration;
  if (key == "netname" || (key == "owner" && registration.name.empty())) {
    registration.name = value.substr(0, facts::longest_field);
  } else if (key == "country" && registration.country.empty()) {
    registration.country = country_code(plain);
  } else if (key == "status") {
    network.object.type = plain;
  } else if (key == "descr" || key == "remarks") {
    network.object.text += attribute.value + '\n';
  } else if (key == "ownerid") {
    for (const auto handle : words(plain)) add_entity(network, facts::canonical_handle(handle));
  } else if (std::ranges::find(of_entities, key) != of_entities.end()) {
    // A list may have more than one line; names, and what holders say of themselves, count as far
    // as their first line goes.
    const auto list = std::string(plain) + attribute.continued;
    for (const auto handle : words(list)) {
      add_entity(network, handle);
      if (key == "mnt-by") network.object.maintainers.emplace_back(handle);
    }
  }
}

void read_arin(const WhoisAttribute& attribute, WhoisNetwork& network) {
  const auto& key = attribute.key;
  const auto& value = attribute.value;
  if (key == "netname") {
    network.object.registration.name = value.substr(0, facts::longest_field);
  } else if (key == "nethandle") {
    network.handle = value;
  } else if (key == "parent") {
    network.parent = handle_in_parentheses(value);
  } else if (key == "nettype") {
    network.object.type = value;
  } else if (key == "organization" || key == "customer") {
    add_entity(network, handle_in_parentheses(value));
  } else if (key == "orgid" || key.ends_with("handle")) {
    add_entity(network, value);
  } else if (key == "referralserver" && !network.referral) {
    network.referral = referral_of(value);
  }
}

/// A continuation line without its mark and its comment.
std::string text_of(std::string_view continuation) {
  if (continuation.starts_with('+')) continuation.remove_prefix(1);
  return to_utf8(trimmed(continuation.substr(0, continuation.find('#'))));
}

bool within(const Range& inner, const Range& outer) {
  return outer.first <= inner.first && inner.second <= outer.second;
}

bool inside(const WhoisNetwork& one, const WhoisNetwork& other) {
  const auto& inner = *one.object.registration.range;
  const auto& outer = *other.object.registration.range;
  if (inner == outer) return !one.parent.empty() && one.parent == other.handle;
  return within(inner, outer);
}

}  // namespace

WhoisLines sort_lines(std::string_view answer) {
  WhoisLines lines;
  bool in_value = false;
  while (!answer.empty()) {
    const auto end = std::min(answer.find('\n'), answer.size() - 1);
    const auto line = answer.substr(0, end + 1);
    answer.remove_prefix(end + 1);
    const auto text = trimmed(line.substr(0, line.find('\n')));
    const auto colon = text.find(':');
    const bool indented = line.front() == ' ' || line.front() == '\t' || line.front() == '+';
    if (indented && in_value) {
      if (!text.empty()) lines.attributes.back().continued.append(" ").append(text_of(text));
      continue;
    }
    in_value = false;
    if (text.empty()) {
      lines.attributes.push_back({});
    } else if (text.front() == '%' || text.front() == '#') {
      lines.remarks.push_back(text);
    } else if (indented) {
      continue;
    } else if (colon == std::string_view::npos || text.substr(0, colon).find(' ') != text.npos) {
      lines.remarks.push_back(text);
    } else {
      lines.attributes.push_back(
          {lowered(text.substr(0, colon)), to_utf8(trimmed(text.substr(colon + 1))), {}});
      in_value = true;
    }
  }
  return lines;
}

std::vector<WhoisNetwork> networks_in(const std::vector<WhoisAttribute>& attributes,
                                      const net::Address& address) {
  std::vector<WhoisNetwork> networks;
  auto* read = &read_rpsl;
  bool inside = false;
  for (const auto& attribute : attributes) {
    const bool rpsl = attribute.key == "inetnum" || attribute.key == "inet6num";
    if (rpsl || attribute.key == "netrange") {
      read = rpsl ? &read_rpsl : &read_arin;
      const auto range = range_of(attribute.value);
      inside = range && net::holds(*range, address);
      if (!inside) continue;
      auto& network = networks.emplace_back();
      network.object.registration.range = range;
      network.rpsl = rpsl;
    } else if (attribute.key.empty()) {
      if (inside) networks.back().ended = true;
      inside = inside && read == &read_arin;
    } else if (inside) {
      if (attribute.key == "source") networks.back().ended = true;
      read(attribute, networks.back());
    }
  }
  return networks;
}

bool is_cut_off(std::string_view answer, const WhoisLines& lines, const WhoisNetwork& network) {
  const auto count = [&](std::string_view remark) {
    return std::ranges::count(lines.remarks, remark);
  };
  if (count("# start") != count("# end")) return true;  // ARIN's, around each of several networks
  if (network.rpsl && network.ended) return false;
  const auto last_line = trimmed(answer.substr(answer.rfind('\n') + 1));
  return !last_line.empty() && last_line.front() != '#' && last_line.front() != '%';
}

const WhoisNetwork* most_specific(const std::vector<WhoisNetwork>& networks) {
  const WhoisNetwork* best = nullptr;
  for (const auto& network : networks) {
    if (!best || inside(network, *best)) best = &network;
  }
  return best;
}

std::optional<config::Config::Endpoint> endpoint_of(std::string_view text) {
  auto endpoint = config::read_endpoint(lowered(text.substr(0, text.find('/'))), 43);
  if (!endpoint || (endpoint->port != 43 && endpoint->port < 1024)) return std::nullopt;
  return std::move(*endpoint);
}

}  // namespace badclients::network
