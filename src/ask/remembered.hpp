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

/// Facts that came from the cache and from files alone, all fresh. As long as these give the same
/// ones, gather() does.
struct Remembered {
  net::Address address;
  facts::Wanted wanted;      ///< what the cache was asked for; nothing: it was not asked
  std::uint64_t number = 0;  ///< cache::Cache::number
  Files files;
};

/// The databases to look into: none where GeoIP is off.
facts::GeoDatabases geo_databases(const config::Config& config);

/// The files that gather() has just read.
Files files_of(const config::Config& config, facts::Time now, const Kept& kept);

/// Whether `facts` are such facts. `askable`, `by_rules`: as due_facts().
bool are_remembered(const facts::Facts& facts, const facts::Wanted& askable,
                    const facts::Wanted& by_rules, facts::Time now);

/// Whether gather() would give the same facts again, and ask nobody. False if in doubt. `config`:
/// the same as then. Never throws.
bool gives_again(const Remembered& facts, const config::Config& config, Kept& kept);

}  // namespace badclients::ask
