#include "budget/waiting.hpp"

#include <algorithm>
#include <chrono>

namespace badclients::budget {

namespace {

/// Who has not come again within a day may not come at all.
constexpr std::int64_t longest = std::chrono::milliseconds{std::chrono::hours{24}}.count();

}  // namespace

void Waiting::add(const std::string& registry, const std::string& about) {
  const auto count = [&] {
    SQLite::Statement all{database_, "SELECT count(*) FROM waiting"};
    all.executeStep();
    return all.getColumn(0).getInt64();
  };
  if (count() >= most_waiting) {
    SQLite::Statement old{database_, "DELETE FROM waiting WHERE since <= ? OR since > ?"};
    old.bind(1, now_ - longest);
    old.bind(2, now_);
    if (old.exec() == 0) return;
  }
  SQLite::Statement insert{database_, "INSERT OR REPLACE INTO waiting VALUES(?, ?, ?)"};
  insert.bind(1, registry);
  insert.bind(2, about);
  insert.bind(3, now_);
  insert.exec();
}

void Waiting::remove(const std::string& registry, const std::string& about) {
  SQLite::Statement erase{database_, "DELETE FROM waiting WHERE registry = ? AND about = ?"};
  erase.bind(1, registry);
  erase.bind(2, about);
  erase.exec();
}

std::uint64_t Waiting::count(const std::string& registry) {
  SQLite::Statement all{database_,
                        "SELECT count(*) FROM waiting WHERE registry = ? AND since > ?"
                        " AND since <= ?"};
  all.bind(1, registry);
  all.bind(2, now_ - longest);
  all.bind(3, now_);
  all.executeStep();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(all.getColumn(0).getInt64(), 0));
}

}  // namespace badclients::budget
