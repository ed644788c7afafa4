#include "lookup/merge.hpp"

#include <algorithm>
#include <utility>

namespace badclients::lookup {

namespace {

using facts::Fact;
using facts::Facts;
using facts::Knowledge;
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

template <class T>
void blame(Fact<T>& fact) {
  if (fact.failed()) fact.from = facts::Provenance::asked;
}

}  // namespace

void drop_unwanted(const Wanted& wanted, Facts& facts) {
  drop_if(!wants_names(wanted), facts.reverse_names);
  drop_if(!wanted.origin, facts.origin);
  drop_if(!wanted.as_description, facts.as_description);
  drop_if(!wanted.registration, facts.registration);
}

void forget(const Wanted& wanted, Facts& facts) {
  const bool depends = wanted.as_description || wanted.registration;
  drop_if(wants_names(wanted), facts.reverse_names);
  drop_if(wanted.origin || (depends && !facts.origin.known()), facts.origin);
  drop_if(wanted.as_description, facts.as_description);
  drop_if(wanted.registration, facts.registration);
  for (const auto& zone : wanted.dnsbl_zones) {
    std::erase_if(facts.dnsbl, [&](const auto& fact) { return fact.value.zone == zone; });
  }
}

void adopt(Facts answered, Facts& into) {
  adopt_one(answered.reverse_names, into.reverse_names);
  adopt_one(answered.origin, into.origin);
  adopt_one(answered.as_description, into.as_description);
  adopt_one(answered.registration, into.registration);
  for (auto& listing : answered.dnsbl) {
    const auto same = [&](const auto& each) { return each.value.zone == listing.value.zone; };
    const auto known = std::find_if(into.dnsbl.begin(), into.dnsbl.end(), same);
    if (known == into.dnsbl.end()) {
      into.dnsbl.push_back(std::move(listing));
    } else {
      adopt_one(listing, *known);
    }
  }
}

void settle_description(Facts& facts) {
  const auto& origin = facts.origin;
  auto& description = facts.as_description;
  if (description.known()) return;
  if (origin.known() && (origin.value.asns.empty() || origin.value.asns.front() == 0)) {
    description = {Knowledge::known, origin.from,   {}, origin.source, {},
                   origin.learnt,    origin.expires};
  } else if (origin.failed() && description.knowledge == Knowledge::not_asked) {
    description = {Knowledge::failed, origin.from,   {}, origin.source, origin.trouble,
                   origin.learnt,     origin.expires};
  }
}

void blame_the_asked(Facts& facts) {
  blame(facts.reverse_names);
  blame(facts.origin);
  blame(facts.as_description);
  blame(facts.registration);
  for (auto& listing : facts.dnsbl) blame(listing);
}

bool describes_another_as(const Facts& facts) {
  const auto& asns = facts.origin.value.asns;
  return facts.origin.known() && !asns.empty() && facts.as_description.known() &&
         facts.as_description.value.asn != asns.front();
}

}  // namespace badclients::lookup
