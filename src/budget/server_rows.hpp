#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "budget/server_name.hpp"

/// What servers were asked last and what they said, as rows of budget.db, within a transaction of
/// the caller's. Times are milliseconds since 1970.
namespace badclients::budget {

struct ServerRow {
  std::int64_t asked = 0;                           ///< 0: not that we know
  std::int64_t closed_since = 0, closed_until = 0;  ///< 0: it may be asked
  std::string reason;
};

class ServerRows {
 public:
  ServerRows(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// One that knows nothing where there is none. What is past is left out, and what is unbelievable
  /// (a clock was ahead by more than a closing lasts).
  ServerRow load(const ServerName& server);
  /// A stranger's counts for `window` after it was asked, or until it may be asked again.
  void save(const ServerName& server, const ServerRow& row, std::chrono::milliseconds window);

  /// Whether there is room for one more stranger. Takes away those that do not count any more.
  bool has_room();

  /// Those that count, by name.
  std::vector<ServerName> strangers();

 private:
  void put_right(const ServerName& server);

  SQLite::Database& database_;
  std::int64_t now_;
};

}  // namespace badclients::budget
