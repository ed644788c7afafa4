#include "ask/remembered.hpp"

#include <chrono>
#include <exception>

#include "ask/due_facts.hpp"
#include "ask/gather.hpp"
#include "facts/kinds.hpp"

namespace badclients::ask {

namespace {

using facts::Provenance;

bool uses_registry_data(const config::Config& config) {
  return config::has_local(config.lookup.origin) || config::has_local(config.lookup.registration);
}

bool still_serve(const Files& files, const config::Config& config, facts::Time now,
                 const Kept& kept) {
  const auto& state_path = config.general.state_path;
  return files.from <= now && now < files.until &&
         kept.databases.still_serve(files.databases, geo_databases(config)) &&
         (!uses_registry_data(config) || kept.registry.still_gives(files.registry, state_path));
}

bool still_gives(const Remembered& facts, const config::Config& config, facts::Time now,
                 std::optional<cache::Cache>& cache) {
  if (!facts.wanted.any()) return true;
  constexpr std::chrono::milliseconds no_patience{0};
  return cache && cache->reopen(config.general.state_path, config.cache, no_patience) &&
         cache->still_gives(facts.number, facts.address, facts.wanted, now);
}

}  // namespace

facts::GeoDatabases geo_databases(const config::Config& config) {
  if (!config.general.enable_maxmind) return {};
  const auto& [city, asn, anonymous] = config.maxmind;
  return {city, asn, anonymous};
}

Files files_of(const config::Config& config, facts::Time now, const Kept& kept) {
  return {kept.databases.opens(), kept.registry.number(), now,
          kept.registry.until({now, config.registry.max_age})};
}

bool are_remembered(const facts::Facts& facts, const facts::Wanted& askable,
                    const facts::Wanted& by_rules, facts::Time now) {
  constexpr auto is_other = [](const auto& fact) {
    return fact.failed() ||
           (fact.known() && fact.from != Provenance::cache && fact.from != Provenance::local);
  };
  const bool has_other = facts::any_of(facts, is_other) || is_other(facts.provisional.origin) ||
                         is_other(facts.provisional.registration);
  if (has_other || facts.without_persons.known()) return false;
  // negative_ttl of 0: a name that lacks its confirmation is due before the cache gives it up.
  const auto due = due_facts(askable, by_rules, facts, now, std::chrono::seconds{0});
  return !due.missing.any() && !due.stale.any();
}

bool gives_again(const Remembered& facts, const config::Config& config, Kept& kept) try {
  const auto now = std::chrono::system_clock::now();
  return still_serve(facts.files, config, now, kept) && still_gives(facts, config, now, kept.cache);
} catch (const std::exception&) {
  return false;
}

}  // namespace badclients::ask
