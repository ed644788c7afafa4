#include "facts/facts.hpp"

#include <algorithm>
#include <array>

#include "facts/kinds.hpp"

namespace badclients::facts {

namespace {

constexpr std::array<std::string_view, 4> cause_names{"failed", "unasked", "silent", "unwaited"};

}  // namespace

std::string_view to_string(Cause cause) {
  return cause_names.at(static_cast<std::size_t>(cause));
}

std::optional<Cause> cause_named(std::string_view name) {
  const auto found = std::find(cause_names.begin(), cause_names.end(), name);
  if (found == cause_names.end()) return std::nullopt;
  return static_cast<Cause>(found - cause_names.begin());
}

const Origin* likely_origin(const Facts& facts) {
  return facts.origin.known() ? facts.origin.get() : facts.provisional.origin.get();
}

const Registration* likely_registration(const Facts& facts) {
  const auto* const exact = exact_registration(facts).get();
  return exact != nullptr ? exact : facts.provisional.registration.get();
}

const Fact<Registration>& exact_registration(const Facts& facts) {
  const bool own = facts.registration.known() || !facts.without_persons.known();
  return own ? facts.registration : facts.without_persons;
}

std::vector<std::uint32_t> described_asns(const Origin& origin) {
  std::vector<std::uint32_t> asns;
  for (const auto asn : origin.asns) {
    if (asn != 0 && asns.size() < most_described_asns) asns.push_back(asn);
  }
  return asns;
}

const Fact<AsDescription>* description_of(const Facts& facts, std::uint32_t asn) {
  return find(facts.as_descriptions, asn);
}

std::optional<std::string> without_full_name(std::string_view as_description) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  constexpr std::size_t country_size = 4;  // ", DE"
  const auto size = as_description.size();
  if (size < country_size) return std::nullopt;
  const auto country = as_description.substr(size - country_size);
  const auto dash = as_description.find(" - ");
  if (!country.starts_with(", ") || !is_upper(country[2]) || !is_upper(country[3]) ||
      dash >= size - country_size) {
    return std::nullopt;
  }
  return std::string(as_description.substr(0, dash)).append(country);
}

Freshness freshness(const Facts& facts) {
  bool failed = false, asked = false, stale = false, cached = false, local = false;
  const auto count = [&](const auto& fact) {
    failed |= fact.failed();
    asked |= fact.known() && fact.from == Provenance::asked;
    stale |= fact.known() && fact.from == Provenance::stale_cache;
    cached |= fact.known() && fact.from == Provenance::cache;
    local |= fact.known() && fact.from == Provenance::local;
  };
  each(facts, count);
  count(facts.without_persons);
  count(facts.provisional.origin);
  count(facts.provisional.registration);

  if (failed) return Freshness::partial;
  if (local) return Freshness::local;
  if (asked) return Freshness::fresh;
  if (stale) return Freshness::stale;
  return cached ? Freshness::cached : Freshness::none;
}

std::vector<std::string> failures(const Facts& facts) {
  std::vector<std::pair<std::string, std::string>> names_by_reason;
  each(facts, [&](const auto& fact) {
    if (!fact.failed()) return;
    const auto found = std::find_if(names_by_reason.begin(), names_by_reason.end(),
                                    [&](const auto& one) { return one.first == fact.trouble; });
    if (found == names_by_reason.end()) {
      names_by_reason.emplace_back(fact.trouble, label(fact.value));
    } else {
      found->second += ", " + label(fact.value);
    }
  });
  std::vector<std::string> texts;
  for (const auto& [reason, names] : names_by_reason)
    texts.push_back(names + " unknown: " + reason);
  return texts;
}

const char* to_string(Freshness freshness) {
  constexpr std::array names{"none", "cached", "local", "fresh", "stale", "partial"};
  return names[static_cast<std::size_t>(freshness)];
}

void adopt(Facts answers, Facts& into) {
  each_kind([](auto& answer, auto& known) { adopt(answer, known); }, answers, into);
  adopt(answers.provisional.origin, into.provisional.origin);
  adopt(answers.provisional.registration, into.provisional.registration);
  if (into.origin.known()) into.provisional.origin = {};
  if (into.registration.known()) into.provisional.registration = into.without_persons = {};
}

}  // namespace badclients::facts
