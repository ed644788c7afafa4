#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <vector>

#include "budget/servers.hpp"

/// Silent sources as rows of budget.db, within a transaction of the caller's. Times are
/// milliseconds since 1970.
namespace badclients::budget {

class Silences {
 public:
  Silences(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// By name.
  std::vector<Silence> all();
  /// One more login.
  void count(const Source& source);
  void end(const Source& source);
  void end_all();

 private:
  SQLite::Database& database_;
  std::int64_t now_;
};

}  // namespace badclients::budget
