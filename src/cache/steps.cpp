#include "cache/steps.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

namespace badclients::cache {

namespace {

/// A millisecond or two of work. Logins that store wait for that; logins that read do not.
constexpr std::size_t rows_a_step = 200;

/// Keys in memory: some megabytes.
constexpr std::size_t keys_at_once = 50'000;

using Steps = base::Database::Steps;

void delete_keys(const Steps& steps, std::span<const std::string> keys) {
  SQLite::Statement one{steps.database, "DELETE FROM entry WHERE key = ?"};
  while (!keys.empty()) {
    const auto begin = std::chrono::steady_clock::now();
    const auto some = keys.first(std::min(keys.size(), rows_a_step));
    steps.use([&](SQLite::Database&) {
      for (const auto& key : some) {
        (void)one.tryReset();
        one.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
        one.exec();
      }
      one.reset();
    });
    keys = keys.subspan(some.size());
    // Writers poll; we pause twice as long as we wrote, so they get in.
    std::this_thread::sleep_for(2 * (std::chrono::steady_clock::now() - begin));
  }
}

}  // namespace

void for_each_row(SQLite::Database& database, Order order, const EachRow& each) {
  const auto* const by_key = "SELECT key, expires FROM entry WHERE key >= ?1 ORDER BY key LIMIT ?2";
  const auto* const by_expiry =
      "SELECT key, expires FROM entry WHERE (expires, key) >= (?3, ?1)"
      " ORDER BY expires, key LIMIT ?2";
  SQLite::Statement row{database, order == Order::by_key ? by_key : by_expiry};
  row.bind(2, static_cast<std::int64_t>(rows_a_step));
  std::string next;
  std::int64_t expires = INT64_MIN;
  for (auto found = rows_a_step; found == rows_a_step; row.reset()) {
    row.bind(1, next.data(), static_cast<int>(next.size()));
    if (order == Order::by_expiry) row.bind(3, expires);
    for (found = 0; row.executeStep(); ++found) {
      next = row.getColumn(0).getString();
      expires = row.getColumn(1).getInt64();
      if (!each(next, expires)) return;
    }
    next += '\0';
  }
}

std::uint64_t delete_rows(const Steps& steps, Order order, const EachRow& is_to_go,
                          std::uint64_t most) {
  std::uint64_t deleted = 0;
  std::vector<std::string> keys;
  do {
    keys.clear();
    const auto limit = std::min<std::uint64_t>(most - deleted, keys_at_once);
    for_each_row(steps.database, order, [&](const std::string& key, std::int64_t expires) {
      if (keys.size() == limit) return false;
      if (is_to_go(key, expires)) keys.push_back(key);
      return true;
    });
    delete_keys(steps, keys);
    deleted += keys.size();
  } while (keys.size() == keys_at_once);
  return deleted;
}

}  // namespace badclients::cache
