#include "ask/due_facts.hpp"

#include <algorithm>

namespace badclients::ask {

namespace {

using facts::Fact;
using facts::Knowledge;

enum class Need { none, refresh, ask };  // each includes those before it

template <class T>
Need need(const Fact<T>& fact, facts::Time now) {
  if (fact.knowledge == Knowledge::not_asked) return Need::ask;
  if (fact.expires > now) return Need::none;
  return fact.known() ? Need::refresh : Need::ask;
}

template <class T>
Need need(const Fact<T>& own, const Fact<T>& provisional, bool by_rules, facts::Time now) {
  const bool enough = own.knowledge == Knowledge::not_asked && provisional.known() && !by_rules;
  return need(enough ? provisional : own, now);
}

/// What a DNSBL said changes by the minute, and asking it costs one question of DNS: not an answer
/// that may serve for days.
constexpr std::chrono::hours longest_old_listing{1};

Need need_of_listing(const Fact<facts::DnsblListing>& fact, facts::Time now) {
  const auto how = need(fact, now);
  return how == Need::refresh && fact.expires + longest_old_listing <= now ? Need::ask : how;
}

/// An earlier login may have had no use for forward confirmation. Where it was tried and could not
/// be had, that is not tried again for `negative_ttl`.
bool lacks_confirmation(const Fact<facts::ReverseNames>& fact, facts::Time now,
                        std::chrono::seconds negative_ttl) {
  if (!fact.known() || fact.value.empty() || fact.learnt + negative_ttl > now) return false;
  return std::all_of(fact.value.begin(), fact.value.end(), [](const facts::ReverseName& name) {
    return name.confirmed == facts::Confirmed::not_asked;
  });
}

/// Of all descriptions together: there is seldom more than one.
Need need_of_descriptions(const facts::Facts& facts, Need origin, facts::Time now) {
  if (origin == Need::ask) return Need::ask;
  // Without an origin there is nothing to describe; when it is asked for again, so is this.
  const auto& fact = facts.origin.known() ? facts.origin : facts.provisional.origin;
  if (!fact.known()) return Need::none;
  // The origin is old and could not be refreshed just now: its description probably neither.
  const bool waiting = fact.from == facts::Provenance::stale_cache && origin == Need::none;
  Need greatest = Need::none;
  for (const auto asn : facts::described_asns(fact.value)) {
    const auto* description = facts::description_of(facts, asn);
    const auto own = description == nullptr ? Need::ask : need(*description, now);
    if (!(waiting && own == Need::refresh)) greatest = std::max(greatest, own);
  }
  return greatest;
}

bool has_zone(const facts::Wanted& wanted, const std::string& zone) {
  const auto& zones = wanted.dnsbl_zones;
  return std::find(zones.begin(), zones.end(), zone) != zones.end();
}

}  // namespace

DueFacts due_facts(const facts::Wanted& wanted, const facts::Wanted& by_rules,
                   const facts::Facts& facts, facts::Time now, std::chrono::seconds negative_ttl) {
  DueFacts due;
  const auto wish = [&](Need how, bool facts::Wanted::*what) {
    if (how == Need::ask) due.missing.*what = true;
    if (how == Need::refresh) due.old.*what = true;
  };
  if (wanted.reverse_names || wanted.confirmed_names) {
    auto names = need(facts.reverse_names, now);
    if (wanted.confirmed_names && lacks_confirmation(facts.reverse_names, now, negative_ttl)) {
      names = Need::ask;
    }
    wish(names, &facts::Wanted::reverse_names);
    if (wanted.confirmed_names) wish(names, &facts::Wanted::confirmed_names);
  }
  const auto& provisional = facts.provisional;
  const auto origin = need(facts.origin, provisional.origin, by_rules.origin, now);
  if (wanted.origin) wish(origin, &facts::Wanted::origin);
  if (wanted.as_description) {
    wish(need_of_descriptions(facts, origin, now), &facts::Wanted::as_description);
  }
  if (wanted.registration) {
    wish(need(facts.registration, provisional.registration, by_rules.registration, now),
         &facts::Wanted::registration);
  }
  for (const auto& zone : wanted.dnsbl_zones) {
    const auto fact = std::find_if(facts.dnsbl.begin(), facts.dnsbl.end(),
                                   [&](const auto& each) { return each.value.zone == zone; });
    const auto how = fact == facts.dnsbl.end() ? Need::ask : need_of_listing(*fact, now);
    if (how == Need::ask) due.missing.dnsbl_zones.push_back(zone);
    if (how == Need::refresh) due.old.dnsbl_zones.push_back(zone);
  }
  return due;
}

facts::Wanted operator+(const facts::Wanted& a, const facts::Wanted& b) {
  auto either = a;
  either.reverse_names |= b.reverse_names;
  either.confirmed_names |= b.confirmed_names;
  either.origin |= b.origin;
  either.as_description |= b.as_description;
  either.registration |= b.registration;
  for (const auto& zone : b.dnsbl_zones) {
    if (!has_zone(a, zone)) either.dnsbl_zones.push_back(zone);
  }
  return either;
}

facts::Wanted operator&(const facts::Wanted& a, const facts::Wanted& b) {
  auto both = a;
  both.reverse_names &= b.reverse_names;
  both.confirmed_names &= b.confirmed_names;
  both.origin &= b.origin;
  both.as_description &= b.as_description;
  both.registration &= b.registration;
  std::erase_if(both.dnsbl_zones, [&](const auto& zone) { return !has_zone(b, zone); });
  return both;
}

}  // namespace badclients::ask
