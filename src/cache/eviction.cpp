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

/// What a few addresses of a block have: no block loses rows for having many before it has more.
constexpr std::uint64_t least_share = 32;

/// The rows about one block, which lie beside each other; or one row about nothing like that.
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

/// The most rows that each group may keep, so that no more than `most` are left, and one more each
/// would be too many.
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

/// Of the rows from `first` on, before `end`: leaves `kept`, those that expire last.
std::uint64_t thin_out(const Steps& steps, const std::string& first, const std::string& end,
                       std::uint64_t kept) {
  std::vector<std::int64_t> times;
  for_each_row(
      steps.database, Order::by_key,
      [&](const std::string& key, std::int64_t expires) {
        if (key >= end) return false;
        times.push_back(expires);
        return true;
      },
      first);
  if (times.size() <= kept) return 0;
  const auto surplus = times.size() - kept;
  const auto last = times.begin() + static_cast<std::ptrdiff_t>(surplus - 1);
  std::nth_element(times.begin(), last, times.end());
  SQLite::Statement oldest{steps.database,
                           "DELETE FROM entry WHERE key IN (SELECT key FROM entry"
                           " WHERE key >= ?1 AND key < ?2 AND expires <= ?3 LIMIT ?4)"};
  oldest.bind(1, first.data(), static_cast<int>(first.size()));
  oldest.bind(2, end.data(), static_cast<int>(end.size()));
  oldest.bind(3, *last);
  return delete_in_steps(steps, oldest, 4, surplus);
}

Group& group_of(std::vector<Group>& groups, const std::string& key) {
  const auto after = std::upper_bound(
      groups.begin(), groups.end(), key,
      [](const std::string& one, const Group& group) { return one < group.first; });
  return after == groups.begin() ? groups.front() : *std::prev(after);
}

/// Of the groups that have more rows than `share`, so many rows that expire first.
std::vector<std::string> first_to_expire(const Steps& steps, std::vector<Group>& groups,
                                         std::uint64_t share, std::uint64_t too_many) {
  std::vector<std::string> keys;
  for_each_row(steps.database, Order::by_expiry, [&](const std::string& key, std::int64_t) {
    if (keys.size() == too_many) return false;
    auto& group = group_of(groups, key);
    if (group.rows > share) {
      --group.rows;
      keys.push_back(key);
    }
    return true;
  });
  return keys;
}

}  // namespace

Evicted evict(const Steps& steps, const Blocks& blocks, std::uint64_t max_rows) {
  auto groups = groups_in(steps, blocks);
  Evicted evicted;
  for (const auto& group : groups) evicted.left += group.rows;
  if (evicted.left <= max_rows) return evicted;
  const auto count = [&](std::uint64_t deleted) {
    evicted.deleted += deleted;
    evicted.left -= deleted;
  };

  const auto fair = fair_share(groups, max_rows);
  const auto kept = std::max(fair + 1, least_share);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].rows <= kept) continue;
    const std::string end = i + 1 < groups.size() ? groups[i + 1].first : "\xff";
    count(thin_out(steps, groups[i].first, end, kept));
    groups[i].rows = kept;
  }
  if (evicted.left <= max_rows) return evicted;
  const auto share = kept > least_share ? fair : 0;
  const auto keys = first_to_expire(steps, groups, share, evicted.left - max_rows);
  delete_in_steps(steps, keys);
  count(keys.size());
  return evicted;
}

}  // namespace badclients::cache
