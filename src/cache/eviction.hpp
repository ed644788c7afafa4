#pragma once

#include <cstdint>

#include "base/database.hpp"
#include "cache/key.hpp"

namespace badclients::cache {

struct Evicted {
  std::uint64_t deleted = 0, left = 0;
};

/// Deletes rows until `max_rows` are left, in steps: of the blocks that have the most, until none
/// has more than all can have, or some tens; then of all that are left. Of each what expires first
/// goes first. So nobody pushes out what is known of others by coming from many addresses of one
/// network.
Evicted evict(const base::Database::Steps& steps, const Blocks& blocks, std::uint64_t max_rows);

}  // namespace badclients::cache
