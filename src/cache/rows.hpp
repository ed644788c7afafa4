#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/database.hpp"
#include "facts/facts.hpp"

/// The rows of cache.db.
namespace badclients::cache {

/// Rows by key, no hidden row number: a look-up is one descent of one tree. The index is for
/// upkeep, which deletes what expires first. `checksum`: Putter.
inline constexpr base::Database::Layout layout{
    "cache.db",
    "CREATE TABLE entry(key BLOB PRIMARY KEY, learnt INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " source TEXT NOT NULL, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX entry_by_expiry ON entry(expires)"};

/// The entry that says when the cache was pruned last: its `learnt`.
inline constexpr const char* pruned_key = "pruned";

/// One remembered answer or failure. Times are seconds since 1970.
struct Row {
  std::int64_t learnt = 0, expires = 0;
  std::string source;
  std::string value;  ///< facts/serialise.hpp, or encode_failure
};

/// A failure as the value of a row: its cause and, behind a TAB, its trouble. A text without a TAB
/// is a trouble with Cause::question.
std::string encode_failure(facts::Cause cause, std::string_view trouble);
std::pair<facts::Cause, std::string> decode_failure(std::string_view text);

/// The one statement that a login needs, for any number of keys and transactions.
class Finder {
 public:
  explicit Finder(SQLite::Database& database);
  /// Throws SQLite::Exception (SQLITE_CORRUPT) if the checksum says that another value was stored
  /// under the key.
  std::optional<Row> find(const std::string& key);

 private:
  SQLite::Statement select_;
};

/// Adds or replaces rows, within a transaction of the caller's. Each row has a checksum of its key
/// and its value: after a power failure a page may be half old and half new, and SQLite does not
/// notice.
class Putter {
 public:
  explicit Putter(SQLite::Database& database);
  void put(const std::string& key, const Row& row);

 private:
  SQLite::Statement insert_;
};

}  // namespace badclients::cache
