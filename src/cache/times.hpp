#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "cache/key.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

/// For which block of addresses, and how long, any store keeps what was learnt.
namespace badclients::cache {

/// The shortest life of an answer. DNS answers may have a TTL of 0: then every login would wait.
inline constexpr std::chrono::seconds shortest_ttl{60};

/// A time as the database has it: seconds since 1970.
inline std::int64_t stamp(facts::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

inline Blocks blocks_in(const config::Config::Cache& settings) {
  return {settings.ipv4_network, settings.ipv6_network};
}

/// The longest life of a failure, whatever its server said.
inline std::chrono::seconds longest_failure(const config::Config::Cache& settings) {
  return std::max(settings.ttl, settings.negative_ttl);
}

/// The clocks of two hosts differ by less, and so does one clock before and after it is adjusted.
inline constexpr std::chrono::seconds clock_skew{60};

/// What was learnt later than now by more than this does not count: a clock that was set back must
/// not keep old answers alive.
inline constexpr std::chrono::seconds clock_tolerance = std::chrono::hours{24};

/// Whether `learnt` is from a clock that was ahead. Both in seconds since 1970.
inline bool is_of_the_future(std::int64_t learnt, std::int64_t now) {
  return learnt > now + clock_skew.count();
}

/// When a row expires. `longest`: how long the settings keep it; so a shorter `ttl` also counts for
/// rows that are stored already. A row of the future expires now: an answer is stale and asked for
/// anew, a failure is over. Nothing: the row does not count at all. All in seconds since 1970.
inline std::optional<std::int64_t> end_of_row(std::int64_t learnt, std::int64_t expires,
                                              std::chrono::seconds longest, std::int64_t now) {
  if (learnt < 0 || learnt > now + clock_tolerance.count()) return std::nullopt;
  if (is_of_the_future(learnt, now)) return now;
  return std::clamp(expires, learnt, learnt + longest.count());
}

/// How long a fact is fresh, from when it was learnt. A failure without a time of its own:
/// `negative_ttl`.
template <class T>
std::chrono::seconds life_of(const facts::Fact<T>& fact, const config::Config::Cache& settings) {
  const std::chrono::seconds said{stamp(fact.expires) - stamp(fact.learnt)};
  if (fact.known()) return std::min(std::max(said, shortest_ttl), settings.ttl);
  if (said <= std::chrono::seconds{0}) return settings.negative_ttl;
  return std::min(said, longest_failure(settings));
}

}  // namespace badclients::cache
