#include "facts/facts.hpp"

#include <algorithm>
#include <array>

namespace badclients::facts {

namespace {

constexpr std::array<std::string_view, 3> cause_names{"failed", "unasked", "silent"};

struct Tally {
  bool cached = false, stale = false, asked = false, failed = false;

  template <class T>
  void count(const Fact<T>& fact) {
    if (fact.failed()) failed = true;
    if (!fact.known()) return;
    cached |= fact.from == Provenance::cache;
    stale |= fact.from == Provenance::stale_cache;
    asked |= fact.from == Provenance::asked;
  }
};

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
  return facts.registration.known() ? facts.registration.get()
                                    : facts.provisional.registration.get();
}

std::vector<std::uint32_t> described_asns(const Origin& origin) {
  std::vector<std::uint32_t> asns;
  for (const auto asn : origin.asns) {
    if (asn != 0 && asns.size() < most_described_asns) asns.push_back(asn);
  }
  return asns;
}

const Fact<AsDescription>* description_of(const Facts& facts, std::uint32_t asn) {
  const auto found =
      std::find_if(facts.as_descriptions.begin(), facts.as_descriptions.end(),
                   [&](const auto& description) { return description.value.asn == asn; });
  return found == facts.as_descriptions.end() ? nullptr : &*found;
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
  Tally tally;
  tally.count(facts.reverse_names);
  tally.count(facts.origin);
  for (const auto& description : facts.as_descriptions) tally.count(description);
  tally.count(facts.registration);
  tally.count(facts.provisional.origin);
  tally.count(facts.provisional.registration);
  for (const auto& listing : facts.dnsbl) tally.count(listing);

  if (tally.failed) return Freshness::partial;
  if (tally.asked) return Freshness::fresh;
  if (tally.stale) return Freshness::stale;
  if (tally.cached) return Freshness::cached;
  return Freshness::none;
}

const char* to_string(Freshness freshness) {
  constexpr std::array names{"none", "cached", "fresh", "stale", "partial"};
  return names[static_cast<std::size_t>(freshness)];
}

}  // namespace badclients::facts
