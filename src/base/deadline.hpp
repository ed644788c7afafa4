#pragma once

#include <chrono>

namespace badclients::base {

/// One point in time for all that a login does: it is handed down, and never a fresh timeout for
/// each step. CLOCK_MONOTONIC, so it means the same in the helper's process as in its parent's.
using Deadline = std::chrono::steady_clock::time_point;

/// A deadline that has always passed.
inline constexpr Deadline not_at_all{};

/// Less than nothing once it has passed.
inline std::chrono::milliseconds left_until(Deadline deadline) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                               std::chrono::steady_clock::now());
}

}  // namespace badclients::base
