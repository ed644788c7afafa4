#include "ask/merge.hpp"

#include <algorithm>
#include <utility>

namespace badclients::ask {

namespace {

using facts::Fact;
using facts::Facts;
using facts::Wanted;

bool wants_names(const Wanted& wanted) {
  return wanted.reverse_names || wanted.confirmed_names;
}

template <class T>
void drop_if(bool condition, Fact<T>& fact) {
  if (condition) fact = {};
}

template <class T>
void adopt_one(Fact<T>& answer, Fact<T>& into) {
  if (answer.known() || (answer.failed() && !into.known())) into = std::move(answer);
}

/// The same for a list of facts, one for each value of `key`.
template <class T, class Key>
void adopt_each(std::vector<Fact<T>>& answers, std::vector<Fact<T>>& into, Key T::*key) {
  for (auto& answer : answers) {
    const auto same = [&](const auto& fact) { return fact.value.*key == answer.value.*key; };
    const auto known = std::find_if(into.begin(), into.end(), same);
    if (known == into.end()) {
      into.push_back(std::move(answer));
    } else {
      adopt_one(answer, *known);
    }
  }
}

template <class T>
void blame(Fact<T>& fact) {
  if (fact.failed()) fact.from = facts::Provenance::asked;
}

}  // namespace

void drop_unwanted(const Wanted& wanted, Facts& facts) {
  drop_if(!wants_names(wanted), facts.reverse_names);
  drop_if(!wanted.origin, facts.origin);
  drop_if(!wanted.origin, facts.provisional.origin);
  if (!wanted.as_description) facts.as_descriptions.clear();
  drop_if(!wanted.registration, facts.registration);
  drop_if(!wanted.registration, facts.provisional.registration);
}

void forget(const Wanted& wanted, Facts& facts) {
  const bool depends = wanted.as_description || wanted.registration;
  drop_if(wants_names(wanted), facts.reverse_names);
  const bool origin = wanted.origin || (depends && !facts.origin.known());
  drop_if(origin, facts.origin);
  drop_if(origin, facts.provisional.origin);
  if (wanted.as_description) facts.as_descriptions.clear();
  drop_if(wanted.registration, facts.registration);
  drop_if(wanted.registration, facts.provisional.registration);
  for (const auto& zone : wanted.dnsbl_zones) {
    std::erase_if(facts.dnsbl, [&](const auto& fact) { return fact.value.zone == zone; });
  }
}

void adopt(Facts answered, Facts& into) {
  adopt_one(answered.reverse_names, into.reverse_names);
  adopt_one(answered.origin, into.origin);
  adopt_one(answered.registration, into.registration);
  adopt_one(answered.provisional.origin, into.provisional.origin);
  adopt_one(answered.provisional.registration, into.provisional.registration);
  drop_if(into.origin.known(), into.provisional.origin);
  drop_if(into.registration.known(), into.provisional.registration);
  adopt_each(answered.as_descriptions, into.as_descriptions, &facts::AsDescription::asn);
  adopt_each(answered.dnsbl, into.dnsbl, &facts::DnsblListing::zone);
}

void drop_other_descriptions(Facts& facts) {
  const auto* origin = facts::likely_origin(facts);
  if (origin == nullptr) return facts.as_descriptions.clear();
  const auto asns = facts::described_asns(*origin);
  std::erase_if(facts.as_descriptions, [&](const auto& description) {
    return std::find(asns.begin(), asns.end(), description.value.asn) == asns.end();
  });
}

void cache_local_failures(Facts& facts) {
  blame(facts.reverse_names);
  blame(facts.origin);
  for (auto& description : facts.as_descriptions) blame(description);
  blame(facts.registration);
  for (auto& listing : facts.dnsbl) blame(listing);
}

namespace {

template <class T>
bool is_silence(const Fact<T>& fact) {
  return fact.failed() && fact.cause == facts::Cause::silence;
}

/// Calls `use` with each fact that has failed with Cause::silence.
template <class Use>
void each_silence(Facts& facts, Use use) {
  const auto look = [&](auto& fact) {
    if (is_silence(fact)) use(fact);
  };
  look(facts.reverse_names);
  look(facts.origin);
  look(facts.registration);
  for (auto& description : facts.as_descriptions) look(description);
  for (auto& listing : facts.dnsbl) look(listing);
}

}  // namespace

facts::Wanted failed_by_silence(const Facts& facts) {
  const auto any = [](const auto& list) {
    return std::any_of(list.begin(), list.end(), [](const auto& fact) { return is_silence(fact); });
  };
  Wanted wanted;
  wanted.reverse_names = is_silence(facts.reverse_names);
  wanted.origin = is_silence(facts.origin);
  wanted.registration = is_silence(facts.registration);
  wanted.as_description = wanted.origin || any(facts.as_descriptions);
  for (const auto& listing : facts.dnsbl) {
    if (is_silence(listing)) wanted.dnsbl_zones.push_back(listing.value.zone);
  }
  return wanted;
}

void forget_silences(Facts& facts) {
  each_silence(facts, [](auto& fact) { fact = {}; });
  const auto is_empty = [](const auto& fact) {
    return fact.knowledge == facts::Knowledge::not_asked;
  };
  std::erase_if(facts.as_descriptions, is_empty);
  std::erase_if(facts.dnsbl, is_empty);
}

void shorten_silences(Facts& facts, std::chrono::seconds life) {
  each_silence(facts, [&](auto& fact) { fact.expires = fact.learnt + life; });
}

bool lacks_description(const Facts& facts) {
  const auto* origin = facts::likely_origin(facts);
  if (origin == nullptr) return false;
  const auto asns = facts::described_asns(*origin);
  return std::any_of(asns.begin(), asns.end(), [&](std::uint32_t asn) {
    return facts::description_of(facts, asn) == nullptr;
  });
}

}  // namespace badclients::ask
