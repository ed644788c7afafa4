#pragma once

#include <cstdint>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/geoip.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// Whether a login's facts would be the same again, without gathering them.
namespace badclients::ask {

struct Kept;

/// The GeoIP databases and the registry data that facts were read from.
struct Files {
  std::uint64_t databases = 0;  ///< facts::GeoFiles::opens
  std::uint64_t registry = 0;   ///< registry::LocalData::number
  facts::Time from, until;      ///< registry data says the same at these times: its age counts
};

/// Facts that came from the cache and from files, fresh, and needed nothing else: as long as these
/// give them, gather() does.
struct Remembered {
  net::Address address;
  facts::Wanted wanted;      ///< what the cache was asked for; nothing: it was not
  std::uint64_t number = 0;  ///< cache::Cache::number
  Files files;
};

/// The databases to look into: none where GeoIP is off.
facts::GeoDatabases geo_databases(const config::Config& config);

/// Those that gather() has just read.
Files files_of(const config::Config& config, facts::Time now, const Kept& kept);

/// Whether facts that the cache and files gave at once are such. `askable`, `by_rules`: as
/// due_facts().
bool are_remembered(const facts::Facts& facts, const facts::Wanted& askable,
                    const facts::Wanted& by_rules, facts::Time now);

/// Whether gather() would give what it gave, and ask nobody. False where that is in doubt.
/// `config`: as then. Never throws.
bool gives_again(const Remembered& facts, const config::Config& config, Kept& kept);

}  // namespace badclients::ask
