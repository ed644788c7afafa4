#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>

/// Questions that a registry's budget had no room for, as rows of budget.db, within a transaction
/// of the caller's: one a registry and network. Times are milliseconds since 1970.
namespace badclients::budget {

class Waiting {
 public:
  Waiting(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// A question about this network could not be put. Past most_waiting nobody is counted.
  void add(const std::string& registry, const std::string& about);
  /// It was put.
  void remove(const std::string& registry, const std::string& about);
  /// How many of the last day there are.
  std::uint64_t count(const std::string& registry);

 private:
  SQLite::Database& database_;
  std::int64_t now_;
};

inline constexpr std::int64_t most_waiting = 20'000;

}  // namespace badclients::budget
