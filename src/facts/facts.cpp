#include "facts/facts.hpp"

#include <algorithm>
#include <array>

namespace badclients::facts {

namespace {

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

Freshness freshness(const Facts& facts) {
  Tally tally;
  tally.count(facts.reverse_names);
  tally.count(facts.origin);
  tally.count(facts.as_description);
  tally.count(facts.registration);
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
