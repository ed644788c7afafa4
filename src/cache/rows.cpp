#include "cache/rows.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/hash.hpp"

namespace badclients::cache {

namespace {

std::int64_t checksum_of(std::string_view key, std::string_view value) {
  return static_cast<std::int64_t>(base::hash(value, base::hash(key)));
}

/// Resets a statement at its end.
class Reset {
 public:
  explicit Reset(SQLite::Statement& statement) : statement_(statement) {}
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;
  ~Reset() { statement_.tryReset(); }

 private:
  SQLite::Statement& statement_;
};

}  // namespace

std::string encode_failure(facts::Cause cause, std::string_view trouble) {
  return fmt::format("{}\t{}", facts::to_string(cause), trouble);
}

std::pair<facts::Cause, std::string> decode_failure(std::string_view text) {
  const auto tab = text.find('\t');
  if (tab == std::string_view::npos) return {facts::Cause::question, std::string{text}};
  const auto cause = facts::cause_named(text.substr(0, tab));
  return {cause.value_or(facts::Cause::question), std::string{text.substr(tab + 1)}};
}

Finder::Finder(SQLite::Database& database)
    : select_(database,
              "SELECT learnt, expires, source, value, checksum FROM entry WHERE key = ?") {}

std::optional<Row> Finder::find(const std::string& key) {
  // Resets whatever happens: a statement that is not reset keeps its transaction open.
  const Reset reset{select_};
  select_.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
  std::optional<Row> row;
  if (select_.executeStep()) {
    row = Row{select_.getColumn(0).getInt64(), select_.getColumn(1).getInt64(),
              select_.getColumn(2).getString(), select_.getColumn(3).getString()};
    if (select_.getColumn(4).getInt64() != checksum_of(key, row->value)) {
      throw SQLite::Exception("an entry's checksum is wrong", SQLITE_CORRUPT);
    }
  }
  return row;
}

Putter::Putter(SQLite::Database& database)
    : insert_(database,
              "INSERT OR REPLACE INTO entry(key, learnt, expires, source, value, checksum)"
              " VALUES(?, ?, ?, ?, ?, ?)") {}

void Putter::put(const std::string& key, const Row& row) {
  insert_.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
  insert_.bind(2, row.learnt);
  insert_.bind(3, row.expires);
  insert_.bindNoCopy(4, row.source);
  insert_.bindNoCopy(5, row.value.data(), static_cast<int>(row.value.size()));
  insert_.bind(6, checksum_of(key, row.value));
  insert_.exec();
  insert_.reset();
}

}  // namespace badclients::cache
