#include "cache/eviction.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "cache/steps.hpp"

namespace badclients::cache {

namespace {

using Steps = base::Database::Steps;

/// The rows of a few addresses. A block with no more than these loses none for being large.
constexpr std::uint64_t least_share = 32;

/// The rows about one block, which lie side by side; or one row that is about no address.
struct Group {
  std::string first;  ///< key
  std::uint64_t rows = 0;
};

std::vector<Group> groups_in(const Steps& steps, const Blocks& blocks) {
  std::vector<Group> groups;
  std::string block;
  for_each_row(steps.database, Order::by_key, [&](const std::string& key, std::int64_t) {
    auto own = block_of(key, blocks);
    if (groups.empty() || own.empty() || own != block) {
      groups.push_back({key, 0});
      block = std::move(own);
    }
    ++groups.back().rows;
    return true;
  });
  return groups;
}

/// The largest number of rows that each group may keep so that at most `most` are left.
std::uint64_t fair_share(const std::vector<Group>& groups, std::uint64_t most) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(groups.size());
  for (const auto& group : groups) sizes.push_back(group.rows);
  std::sort(sizes.begin(), sizes.end());
  auto left = sizes.size();
  for (const auto size : sizes) {
    if (size > most / left) return most / left;
    most -= size;
    --left;
  }
  return UINT64_MAX;
}

Group& group_of(std::vector<Group>& groups, const std::string& key) {
  const auto after = std::upper_bound(
      groups.begin(), groups.end(), key,
      [](const std::string& one, const Group& group) { return one < group.first; });
  return after == groups.begin() ? groups.front() : *std::prev(after);
}

}  // namespace

Evicted evict(const Steps& steps, const Blocks& blocks, std::uint64_t max_rows) {
  auto groups = groups_in(steps, blocks);
  Evicted evicted;
  for (const auto& group : groups) evicted.left += group.rows;
  if (evicted.left <= max_rows) return evicted;
  for (const auto share : {std::max(fair_share(groups, max_rows), least_share), std::uint64_t{0}}) {
    const auto has_more = [&](const std::string& key, std::int64_t) {
      auto& rows = group_of(groups, key).rows;
      if (rows <= share) return false;
      --rows;
      return true;
    };
    const auto deleted = delete_rows(steps, Order::by_expiry, has_more, evicted.left - max_rows);
    evicted.deleted += deleted;
    evicted.left -= deleted;
  }
  return evicted;
}

}  // namespace badclients::cache
