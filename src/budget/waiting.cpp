#include "budget/waiting.hpp"

#include <chrono>

#include "base/sql.hpp"

namespace badclients::budget {

namespace {

/// Who has not come again within a day may not come at all.
constexpr std::int64_t longest = std::chrono::milliseconds{std::chrono::hours{24}}.count();

}  // namespace

void Waiting::add(const std::string& registry, const std::string& about) {
  const auto count = database_.execAndGet("SELECT count(*) FROM waiting").getInt64();
  if (count >= most_waiting &&
      base::execute(database_, "DELETE FROM waiting WHERE since <= ? OR since > ?", now_ - longest,
                    now_) == 0) {
    return;
  }
  base::execute(database_, "INSERT OR REPLACE INTO waiting VALUES(?, ?, ?)", registry, about, now_);
}

void Waiting::remove(const std::string& registry, const std::string& about) {
  base::execute(database_, "DELETE FROM waiting WHERE registry = ? AND about = ?", registry, about);
}

std::uint64_t Waiting::count(const std::string& registry) {
  auto all = base::prepared(database_,
                            "SELECT count(*) FROM waiting WHERE registry = ? AND since > ?"
                            " AND since <= ?",
                            registry, now_ - longest, now_);
  all.executeStep();
  return static_cast<std::uint64_t>(all.getColumn(0).getInt64());
}

}  // namespace badclients::budget
