#pragma once

#include <cstdint>

#include "base/database.hpp"
#include "cache/key.hpp"

namespace badclients::cache {

struct Evicted {
  std::uint64_t deleted = 0, left = 0;
};

/// Deletes rows until `max_rows` are left, in small steps. First from the blocks that have the
/// most, until no block has more than a fair share (32 rows at least); then, if that is not enough,
/// from all. Rows that expire first go first. So somebody who comes from many addresses of one
/// network does not push out what is known about others.
Evicted evict(const base::Database::Steps& steps, const Blocks& blocks, std::uint64_t max_rows);

}  // namespace badclients::cache
