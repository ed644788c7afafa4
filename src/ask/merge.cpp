#include "ask/merge.hpp"

#include <algorithm>

#include "facts/kinds.hpp"

namespace badclients::ask {

using facts::Facts;
using facts::Wanted;

namespace {

constexpr auto is_given_up = [](const auto& fact) {
  return fact.failed() && fact.cause == facts::Cause::patience;
};
constexpr auto is_silence = [](const auto& fact) {
  return is_given_up(fact) || (fact.failed() && fact.cause == facts::Cause::silence);
};

template <class Predicate>
Wanted those(const Facts& facts, Predicate is_one) {
  Wanted wanted;
  facts::each(facts, [&](const auto& fact) {
    if (is_one(fact)) facts::want(wanted, fact.value);
  });
  wanted.as_description |= wanted.origin;
  return wanted;
}

}  // namespace

void drop_unwanted(const Wanted& wanted, Facts& facts) {
  facts::forget_if(facts, [&](const auto& fact) { return !facts::wants(wanted, fact.value); });
}

void forget(Wanted wanted, Facts& facts) {
  const bool depends = wanted.as_description || wanted.registration;
  wanted.origin |= depends && !facts.origin.known();
  facts::forget_if(facts, [&](const auto& fact) { return facts::wants(wanted, fact.value); });
}

void drop_other_descriptions(const facts::Origin* origin, Descriptions& descriptions) {
  if (origin == nullptr) return descriptions.clear();
  const auto asns = facts::described_asns(*origin);
  std::erase_if(descriptions, [&](const auto& description) {
    return std::find(asns.begin(), asns.end(), description.value.asn) == asns.end();
  });
}

bool lacks_description(const Facts& facts) {
  const auto* origin = facts::likely_origin(facts);
  if (origin == nullptr) return false;
  const auto asns = facts::described_asns(*origin);
  return std::any_of(asns.begin(), asns.end(), [&](std::uint32_t asn) {
    return facts::description_of(facts, asn) == nullptr;
  });
}

void cache_local_failures(Facts& facts) {
  facts::each(facts, [](auto& fact) {
    if (fact.failed()) fact.from = facts::Provenance::asked;
  });
}

Wanted failed_by_silence(const Facts& facts) {
  return those(facts, is_silence);
}

Wanted failed_by_patience(const Facts& facts) {
  return those(facts, is_given_up);
}

void forget_silences(Facts& facts) {
  facts::forget_if(facts, is_silence);
}

void shorten_silences(Facts& facts, std::chrono::seconds life) {
  facts::each(facts, [&](auto& fact) {
    if (!is_silence(fact)) return;
    const auto longest = fact.learnt + life;
    const bool says_nothing = fact.expires <= fact.learnt;
    fact.expires = says_nothing ? longest : std::min(fact.expires, longest);
  });
}

void forget_given_up(Facts& facts) {
  facts::forget_if(facts, is_given_up);
}

}  // namespace badclients::ask
