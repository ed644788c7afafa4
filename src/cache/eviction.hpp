#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>

#include "cache/key.hpp"

namespace badclients::cache {

/// Deletes rows until `max_rows` are left, in steps: of the blocks that have the most, until none
/// has more than all can have, or some tens; then of all that are left. Of each what expires first
/// goes first. So nobody pushes out what is known of others by coming from many addresses of one
/// network. How many were deleted.
std::uint64_t evict(SQLite::Database& database, const Blocks& blocks, std::uint64_t max_rows);

}  // namespace badclients::cache
