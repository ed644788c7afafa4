#include "cache/steps.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace badclients::cache {

namespace {

/// A few milliseconds of work: less than a login waits for its turn to write.
constexpr std::uint64_t rows_a_step = 1000;

}  // namespace

std::uint64_t delete_in_steps(SQLite::Database& database, std::uint64_t most,
                              const std::function<std::uint64_t(std::uint64_t limit)>& step) {
  std::uint64_t deleted = 0;
  while (deleted < most) {
    const auto limit = std::min(rows_a_step, most - deleted);
    const auto begin = std::chrono::steady_clock::now();
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    const auto count = step(limit);
    transaction.commit();
    deleted += count;
    if (count < limit) break;
    // SQLite's writers poll; a pause twice as long as we wrote lets them in.
    std::this_thread::sleep_for(2 * (std::chrono::steady_clock::now() - begin));
  }
  return deleted;
}

std::uint64_t delete_in_steps(SQLite::Database& database, SQLite::Statement& statement,
                              int limit_parameter, std::uint64_t most) {
  return delete_in_steps(database, most, [&](std::uint64_t limit) {
    statement.bind(limit_parameter, static_cast<std::int64_t>(limit));
    const auto count = static_cast<std::uint64_t>(statement.exec());
    statement.reset();
    return count;
  });
}

std::uint64_t delete_in_steps(SQLite::Database& database, const std::vector<std::string>& keys) {
  SQLite::Statement one{database, "DELETE FROM entry WHERE key = ?"};
  auto next = keys.begin();
  std::uint64_t deleted = 0;
  delete_in_steps(database, keys.size(), [&](std::uint64_t limit) {
    for (std::uint64_t i = 0; i < limit; ++i, ++next) {
      one.bindNoCopy(1, next->data(), static_cast<int>(next->size()));
      deleted += static_cast<std::uint64_t>(one.exec());
      one.reset();
    }
    return limit;
  });
  return deleted;
}

}  // namespace badclients::cache
