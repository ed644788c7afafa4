#include "network/questions/whois_reading.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "facts/escape.hpp"
#include "network/questions/refusal_words.hpp"
#include "network/questions/whois_objects.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

using Kind = WhoisReading::Kind;

constexpr std::size_t longest_quote = 100;

/// Words for "nothing is registered".
constexpr std::array<std::string_view, 11> no_entries{
    "%error:101", "no entries found", "no match",          "no data found",
    "not found",  "not allocated",    "unallocated",       "not assigned",
    "unassigned", "% reserved:",      "returned 0 objects"};

/// Words of a line that says what went wrong.
constexpr std::array<std::string_view, 13> error_words{
    "error",   "unable",  "cannot",    "could not", "failed", "invalid",    "unavailable",
    "timeout", "refused", "timed out", "sorry",     "closed", "maintenance"};

/// Whether a server quotes a holder there: `% Abuse contact for '...' is '...'`, and ARIN's
/// summary, `Example, Inc. EXAMPLE (NET-203-0-113-0-1) 203.0.113.0 - 203.0.113.255`.
bool quotes_holder(std::string_view remark) {
  return contains(remark, "abuse contact for ") || contains(remark, " (net");
}

template <class Is>
const std::string_view* first_remark(const WhoisLines& lines, Is is) {
  const auto remark = std::ranges::find_if(
      lines.remarks, [&](std::string_view each) { return !quotes_holder(each) && is(each); });
  return remark == lines.remarks.end() ? nullptr : &*remark;
}

auto has_any(std::span<const std::string_view> words) {
  return [words](std::string_view text) { return contains_any(text, words); };
}

/// The line that tells; else what a person would read first: the first remark with letters in it,
/// else the first attribute.
std::string gist(const WhoisLines& lines) {
  if (const auto* remark = first_remark(lines, has_any(error_words))) {
    return facts::printable(*remark, longest_quote);
  }
  for (const auto& remark : lines.remarks) {
    const auto text =
        trimmed(remark.substr(std::min(remark.find_first_not_of("%#"), remark.size())));
    if (!text.empty()) return facts::printable(text, longest_quote);
  }
  for (const auto& attribute : lines.attributes) {
    if (attribute.key.empty()) continue;
    return facts::printable(attribute.key + ": " + attribute.value, longest_quote);
  }
  return {};
}

/// The registry whose banner a line is.
std::optional<Registry> speaker(std::string_view remark) {
  constexpr std::array<std::pair<std::string_view, Registry>, 6> banners{{
      {"ripe database query service", Registry::ripencc},
      {"[whois.apnic.net]", Registry::apnic},
      {"arin whois data", Registry::arin},
      {"afrinic whois server", Registry::afrinic},
      {"joint whois - whois.lacnic.net", Registry::lacnic},
      {"% ip client:", Registry::lacnic},
  }};
  for (const auto& [words, registry] : banners) {
    if (contains(remark, words)) return registry;
  }
  return std::nullopt;
}

/// The registry whose answer was passed on by another, LACNIC's habit; or that could not be asked
/// ("The WHOIS is temporary unable to query ARIN for the requested resource").
std::optional<Registry> passed_on(const WhoisLines& lines) {
  constexpr std::string_view unable = "unable to query ";
  std::optional<Registry> first, last;
  for (const auto& remark : lines.remarks) {
    if (const auto at = lowered(remark).find(unable); at != std::string::npos) {
      if (const auto registry = registry_in(remark.substr(at + unable.size()))) return registry;
    }
    if (const auto registry = speaker(remark)) {
      if (!first) first = registry;
      last = registry;
    }
  }
  return first == last ? std::nullopt : last;
}

std::optional<config::Config::Endpoint> referral_in(const WhoisLines& lines, std::string_view by) {
  for (const auto& attribute : lines.attributes) {
    if (attribute.key != by) continue;
    if (auto endpoint = endpoint_of(attribute.value)) return endpoint;
  }
  return std::nullopt;
}

void read_network(const WhoisNetwork& network, WhoisReading& reading) {
  const auto standing = standing_of(network.object);
  if (network.referral) reading.referral = network.referral;
  switch (standing.holder) {
    case Standing::Holder::somebody:
      reading.kind = Kind::network;
      reading.registration = network.object.registration;
      break;
    case Standing::Holder::nobody:
      reading.kind = Kind::nothing;
      break;
    case Standing::Holder::other:
      reading.kind = Kind::elsewhere;
      reading.registry = standing.registry;
      break;
  }
}

}  // namespace

WhoisReading read_whois(std::string_view answer, const net::Address& address) {
  auto lines = sort_lines(answer);
  WhoisReading reading;
  reading.referral = referral_in(lines, "refer");
  if (!reading.referral) reading.referral = referral_in(lines, "whois");
  const auto conclude = [&](Kind kind, const std::string_view* remark) {
    reading.kind = kind;
    reading.said = remark ? facts::printable(*remark, longest_quote) : gist(lines);
    reading.denied = kind == Kind::not_now && says_banned(*remark);
    return reading;
  };
  const auto networks = networks_in(lines.attributes, address);
  const auto* network = most_specific(networks);
  if (!network) {  // else it is an attribute of somebody's: `ERROR: query rate limit exceeded`
    for (const auto& attribute : lines.attributes) {
      if (attribute.key == "error") lines.remarks.push_back(attribute.value);
    }
  }
  const auto passed_from = passed_on(lines);
  // What another registry said to the one that asked it is not about us: we ask for ourselves.
  const bool not_about_us = passed_from && network == nullptr;

  if (const auto* remark = first_remark(lines, says_too_much); remark && !not_about_us) {
    return conclude(Kind::not_now, remark);
  }
  if (network && is_cut_off(answer, lines, *network)) return conclude(Kind::cut_off, nullptr);
  if (network) {
    read_network(*network, reading);
    return reading;
  }
  if (const auto* remark = first_remark(lines, has_any(no_entries))) {
    return conclude(Kind::nothing, remark);
  }
  if (not_about_us) {
    reading.registry = passed_from;
    return conclude(Kind::elsewhere, nullptr);
  }
  if (const auto* remark = first_remark(lines, may_say_too_much)) {
    return conclude(Kind::not_now, remark);
  }
  return conclude(Kind::unreadable, nullptr);
}

}  // namespace badclients::network
