#include "ask/due_facts.hpp"

#include <algorithm>

#include "cache/times.hpp"
#include "facts/kinds.hpp"

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

/// How long a stale DNSBL answer serves. Listings change by the minute, and to ask again costs one
/// DNS question.
constexpr std::chrono::hours longest_stale_listing{1};

Need need_of_listing(const Fact<facts::DnsblListing>& fact, facts::Time now) {
  const auto how = need(fact, now);
  return how == Need::refresh && fact.expires + longest_stale_listing <= now ? Need::ask : how;
}

/// Whether the names still have to be confirmed: an earlier login may have had no use for that. If
/// it was tried and failed, it is not tried again for `negative_ttl`.
bool lacks_confirmation(const Fact<facts::ReverseNames>& fact, facts::Time now,
                        std::chrono::seconds negative_ttl) {
  const bool was_tried = fact.learnt + negative_ttl > now &&
                         !cache::is_of_the_future(cache::stamp(fact.learnt), cache::stamp(now));
  if (!fact.known() || fact.value.empty() || was_tried) return false;
  return std::all_of(fact.value.begin(), fact.value.end(), [](const facts::ReverseName& name) {
    return name.confirmed == facts::Confirmed::not_asked;
  });
}

/// The need of all descriptions together: there is seldom more than one.
Need need_of_descriptions(const facts::Facts& facts, Need origin, facts::Time now) {
  if (origin == Need::ask) return Need::ask;
  // Without an origin there is nothing to describe; if it is asked for again, so are these.
  const auto& fact = facts.origin.known() ? facts.origin : facts.provisional.origin;
  if (!fact.known()) return Need::none;
  // The origin is stale and could not be refreshed just now, so probably its description could not
  // be, either.
  const bool waiting = fact.from == facts::Provenance::stale_cache && origin == Need::none;
  Need greatest = Need::none;
  for (const auto asn : facts::described_asns(fact.value)) {
    const auto* description = facts::description_of(facts, asn);
    const auto own = description == nullptr ? Need::ask : need(*description, now);
    if (!(waiting && own == Need::refresh)) greatest = std::max(greatest, own);
  }
  return greatest;
}

}  // namespace

DueFacts due_facts(const facts::Wanted& wanted, const facts::Wanted& by_rules,
                   const facts::Facts& facts, facts::Time now, std::chrono::seconds negative_ttl) {
  DueFacts due;
  const auto add = [&](Need how, const auto& value) {
    if (how == Need::none || !facts::wants(wanted, value)) return;
    facts::want(how == Need::ask ? due.missing : due.stale, value);
  };
  const auto& names = facts.reverse_names;
  const bool unconfirmed = wanted.confirmed_names && lacks_confirmation(names, now, negative_ttl);
  add(unconfirmed ? Need::ask : need(names, now), facts::ReverseNames{});
  const auto& provisional = facts.provisional;
  const auto origin = need(facts.origin, provisional.origin, by_rules.origin, now);
  add(origin, facts::Origin{});
  add(need_of_descriptions(facts, origin, now), facts::AsDescription{});
  add(need(facts.registration, provisional.registration, by_rules.registration, now),
      facts::Registration{});
  for (const auto& zone : wanted.dnsbl_zones) {
    const auto* fact = facts::find(facts.dnsbl, zone);
    add(fact == nullptr ? Need::ask : need_of_listing(*fact, now),
        facts::DnsblListing{zone, {}, {}});
  }
  for (auto* part : {&due.missing, &due.stale}) {
    part->confirmed_names = part->reverse_names && wanted.confirmed_names;
  }
  return due;
}

}  // namespace badclients::ask
