#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cache/servers.hpp"

/// What both memories of servers have in common: their sense of time, and the words in which a
/// permit is refused. Times are milliseconds since 1970.
namespace badclients::cache {

std::int64_t in_ms(facts::Time time);
facts::Time time_of(std::int64_t ms);

/// No question takes longer to reach its server: a later point is one of a clock that was ahead and
/// has been put right, and the question counts as one of `now`.
inline constexpr std::chrono::minutes longest_reach{10};
std::int64_t believable(std::int64_t until, std::int64_t now);

/// The same for the end of the time for which a server wants to be left alone: whether it lies
/// ahead, but no further than that can be.
bool still_closed(std::int64_t until, std::int64_t now);

/// "its budget of 8/1m is used up until 2025-07-04T12:00:00Z"
Refusal used_up(const config::Limit& limit, std::int64_t now, std::int64_t until);
/// "it wants to be left alone until 2025-07-04T12:00:00Z: HTTP status 429"
Refusal left_alone(std::int64_t now, std::int64_t until, std::string_view reason);
/// Nobody knows whether it may be asked.
Refusal not_known(std::string_view why);

}  // namespace badclients::cache
