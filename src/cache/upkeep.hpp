#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/facts.hpp"

/// What is done to cache.db outside of logins.
namespace badclients::cache {

struct Pruned {
  std::uint64_t expired = 0;  ///< past `stale`
  std::uint64_t evicted = 0;  ///< beyond `max_entries` (eviction.hpp)
  std::uint64_t left = 0;
};

/// Deletes what will never serve again (also what a wrong clock dated far ahead), then what is
/// beyond `max_entries`; in small steps, with pauses in which logins can store. The file does not
/// get smaller; its room is used again. Error: as Cache::open, the database was damaged and is
/// empty now, or others held it locked.
tl::expected<Pruned, std::string> prune(const std::string& state_path,
                                        const config::Config::Cache& settings, facts::Time now);

/// How often the cache is pruned, if anybody stores in it.
inline constexpr std::chrono::seconds pruning_interval = std::chrono::hours{1};

/// Whether `pruning_interval` has passed since a process last began to prune the cache, however
/// that ended. Error: as prune().
tl::expected<bool, std::string> pruning_due(const std::string& state_path, facts::Time now,
                                            std::chrono::milliseconds patience);

enum class Clear : std::uint8_t { everything, failures };
/// Deletes all entries, or the failures alone, in small steps as prune() does. Returns how many.
/// Error: as prune().
tl::expected<std::uint64_t, std::string> clear(const std::string& state_path, Clear what);

}  // namespace badclients::cache
