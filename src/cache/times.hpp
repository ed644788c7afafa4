#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "cache/key.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

/// For which block of addresses and how long what was learnt is kept, in whatever store.
namespace badclients::cache {

/// DNS has answers with a TTL of 0, which would make the next login wait again.
inline constexpr std::chrono::seconds shortest_ttl{60};

/// As times stand in the database: seconds since 1970.
inline std::int64_t stamp(facts::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

inline Blocks blocks_in(const config::Config::Cache& settings) {
  return {settings.ipv4_network, settings.ipv6_network};
}

/// Of a failure, whatever its server said.
inline std::chrono::seconds longest_failure(const config::Config::Cache& settings) {
  return std::max(settings.ttl, settings.negative_ttl);
}

/// The clocks of two hosts differ by less, and so do two looks at one that is put right.
inline constexpr std::chrono::seconds clock_skew{60};

/// A clock that was set back must not keep old answers alive: what was learnt later than this after
/// now does not count.
inline constexpr std::chrono::seconds clock_tolerance = std::chrono::hours{24};

/// Whether a clock that was ahead says when it was learnt. In seconds since 1970.
inline bool is_of_the_future(std::int64_t learnt, std::int64_t now) {
  return learnt > now + clock_skew.count();
}

/// When a row ends that is kept for `longest`: a `ttl` that was shortened since counts for what is
/// stored already, too. What is of the future ends now: an answer is stale and asked for anew, a
/// failure is over. Nothing: it does not count at all. All in seconds since 1970.
inline std::optional<std::int64_t> end_of_row(std::int64_t learnt, std::int64_t expires,
                                              std::chrono::seconds longest, std::int64_t now) {
  if (learnt < 0 || learnt > now + clock_tolerance.count()) return std::nullopt;
  if (is_of_the_future(learnt, now)) return now;
  return std::clamp(expires, learnt, learnt + longest.count());
}

/// From when it was learnt on. A failure that has no time of its own is kept for `negative_ttl`.
template <class T>
std::chrono::seconds life_of(const facts::Fact<T>& fact, const config::Config::Cache& settings) {
  const std::chrono::seconds said{stamp(fact.expires) - stamp(fact.learnt)};
  if (fact.known()) return std::min(std::max(said, shortest_ttl), settings.ttl);
  if (said <= std::chrono::seconds{0}) return settings.negative_ttl;
  return std::min(said, longest_failure(settings));
}

}  // namespace badclients::cache
