#pragma once

#include <chrono>
#include <cstdint>

#include "facts/facts.hpp"

namespace badclients::cache {

/// DNS has answers with a TTL of 0, which would make the next login wait again.
inline constexpr std::chrono::seconds shortest_ttl{60};

/// As times stand in the database: seconds since 1970.
inline std::int64_t stamp(facts::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace badclients::cache
