#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "budget/counts.hpp"
#include "budget/refusal.hpp"
#include "budget/server_name.hpp"

/// The questions that were put to servers, as rows of budget.db, within a transaction of the
/// caller's. Times are milliseconds since 1970.
///
/// Each question has a row for each count that it counts for, numbered from 1 on: whether `most`
/// have been put lately is a look at one row, however many there are. A row lasts as long as the
/// longest window that counts it.
namespace badclients::budget {

/// No question takes longer to reach its server: a later point is one of a clock that was ahead and
/// has been put right, and the question counts as one of now.
inline constexpr std::chrono::minutes longest_reach{10};

class RequestLog {
 public:
  RequestLog(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// Takes away what no window counts any more: some of it, so that no login pays for all.
  void forget_the_past();

  /// Writes a question down that reaches `server` by `reached`, unless one of the counts has no
  /// room for it. Then: which one, and until when. Where they are full the first count speaks.
  std::optional<Refusal> take(const ServerName& server, const std::vector<Count>& counts,
                              std::int64_t reached);

  /// How many questions count for it now.
  std::uint32_t asked(const ServerName& server, const Count& count);
  /// When there is room for another question; nothing: now.
  std::optional<std::int64_t> opens(const ServerName& server, const Count& count);

 private:
  struct Last {
    std::int64_t number = 0, reached = 0;
  };
  Last last(const std::string& scope);
  void put_right(const std::string& scope);

  SQLite::Database& database_;
  std::int64_t now_;
};

}  // namespace badclients::budget
