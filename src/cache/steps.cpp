#include "cache/steps.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

namespace badclients::cache {

namespace {

/// A few milliseconds of work: less than a login waits for its turn to write.
constexpr std::uint64_t rows_a_step = 1000;

using Steps = base::Database::Steps;

/// `step` deletes at most as many rows as it is told, behind those that were `done`, and returns
/// how many; until it finds fewer or there were `most`.
std::uint64_t in_steps(
    const Steps& steps, std::uint64_t most,
    const std::function<std::uint64_t(std::uint64_t done, std::uint64_t limit)>& step) {
  std::uint64_t done = 0;
  while (done < most) {
    const auto limit = std::min(rows_a_step, most - done);
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t count = 0;
    steps.use([&](SQLite::Database&) { count = step(done, limit); });
    done += count;
    if (count < limit) break;
    // Writers poll; we pause twice as long as we wrote, so they get in.
    std::this_thread::sleep_for(2 * (std::chrono::steady_clock::now() - begin));
  }
  return done;
}

}  // namespace

void for_each_row(SQLite::Database& database, Order order, const EachRow& each, std::string first) {
  const auto* const by_key = "SELECT key, expires FROM entry WHERE key >= ?1 ORDER BY key LIMIT ?2";
  const auto* const by_expiry =
      "SELECT key, expires FROM entry WHERE (expires, key) >= (?3, ?1)"
      " ORDER BY expires, key LIMIT ?2";
  SQLite::Statement row{database, order == Order::by_key ? by_key : by_expiry};
  row.bind(2, static_cast<std::int64_t>(rows_a_step));
  std::int64_t expires = INT64_MIN;
  for (auto found = rows_a_step; found == rows_a_step; row.reset()) {
    row.bind(1, first.data(), static_cast<int>(first.size()));
    if (order == Order::by_expiry) row.bind(3, expires);
    for (found = 0; row.executeStep(); ++found) {
      first = row.getColumn(0).getString();
      expires = row.getColumn(1).getInt64();
      if (!each(first, expires)) return;
    }
    first += '\0';  // the next one that there can be
  }
}

std::uint64_t delete_in_steps(const Steps& steps, SQLite::Statement& statement, int limit_parameter,
                              std::uint64_t most) {
  return in_steps(steps, most, [&](std::uint64_t, std::uint64_t limit) {
    (void)statement.tryReset();
    statement.bind(limit_parameter, static_cast<std::int64_t>(limit));
    const auto count = static_cast<std::uint64_t>(statement.exec());
    statement.reset();
    return count;
  });
}

void delete_in_steps(const Steps& steps, const std::vector<std::string>& keys) {
  SQLite::Statement one{steps.database, "DELETE FROM entry WHERE key = ?"};
  in_steps(steps, keys.size(), [&](std::uint64_t done, std::uint64_t limit) {
    for (const auto& key : std::span{keys}.subspan(done, limit)) {
      (void)one.tryReset();
      one.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
      (void)one.exec();
    }
    one.reset();
    return limit;
  });
}

}  // namespace badclients::cache
