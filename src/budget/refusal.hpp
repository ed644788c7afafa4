#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "budget/counts.hpp"
#include "facts/facts.hpp"

/// Why a server is not to be asked now, in words. Times are milliseconds since 1970.
namespace badclients::budget {

struct Refusal {
  std::chrono::milliseconds wait{};  ///< from now on; then it is worth another try
  std::string reason;                ///< "its budget of 8/1m is used up until 2025-07-04T12:00:00Z"
};

std::int64_t in_ms(facts::Time time);
facts::Time time_of(std::int64_t ms);

/// "its budget of 8/1m is used up until 2025-07-04T12:00:00Z", for whom where it is a part of it.
Refusal used_up(const Count& count, std::int64_t now, std::int64_t until);
/// "it wants to be left alone until 2025-07-04T12:00:00Z: HTTP status 429"
Refusal left_alone(std::int64_t now, std::int64_t until, std::string_view reason);
/// Nobody knows whether it may be asked.
Refusal not_known(std::string_view why);

}  // namespace badclients::budget
