#pragma once

#include <cstdint>
#include <optional>

#include "cache/cache.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// Whether a login's facts would be the same again, without gathering them.
namespace badclients::ask {

/// Facts that came from the cache alone, fresh, and needed nothing else: as long as that gives
/// them, gather() does.
struct Remembered {
  net::Address address;
  facts::Wanted wanted;      ///< what the cache was asked for
  std::uint64_t number = 0;  ///< cache::Cache::number
};

/// Whether facts that the cache gave at once are such. `askable`, `by_rules`: as due_facts().
bool are_remembered(const facts::Facts& facts, const facts::Wanted& askable,
                    const facts::Wanted& by_rules, const config::Config& config, facts::Time now);

/// Whether gather() would give what it gave, and ask nobody. False where that is in doubt.
/// `config`: as then. Never throws.
bool gives_again(const Remembered& facts, const config::Config& config,
                 std::optional<cache::Cache>& cache);

}  // namespace badclients::ask
