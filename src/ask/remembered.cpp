#include "ask/remembered.hpp"

#include <chrono>
#include <exception>

#include "ask/due_facts.hpp"
#include "registry/local_facts.hpp"

namespace badclients::ask {

namespace {

/// Whether anything but the cache can tell a fact without being asked: a GeoIP database, registry
/// data. A stat().
bool knows_files(const config::Config& config) {
  const auto& [city, asn, anonymous] = config.maxmind;
  const bool geoip = !city.empty() || !asn.empty() || !anonymous.empty();
  const bool local =
      config::has_local(config.lookup.origin) || config::has_local(config.lookup.registration);
  return (geoip && config.general.enable_maxmind) ||
         (local && !registry::LocalData::is_absent(config.general.state_path));
}

}  // namespace

bool are_remembered(const facts::Facts& facts, const facts::Wanted& askable,
                    const facts::Wanted& by_rules, const config::Config& config, facts::Time now) {
  if (facts::freshness(facts) != facts::Freshness::cached) return false;
  // A name that lacks its confirmation is asked for again before the cache gives it up.
  const auto due = due_facts(askable, by_rules, facts, now, std::chrono::seconds{0});
  return !due.missing.any() && !due.stale.any() && !knows_files(config);
}

bool gives_again(const Remembered& facts, const config::Config& config,
                 std::optional<cache::Cache>& cache) try {
  return !knows_files(config) && cache &&
         cache->reopen(config.general.state_path, config.cache, std::chrono::milliseconds{0}) &&
         cache->still_gives(facts.number, facts.address, facts.wanted,
                            std::chrono::system_clock::now());
} catch (const std::exception&) {
  return false;
}

}  // namespace badclients::ask
