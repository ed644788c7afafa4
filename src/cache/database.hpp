#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "cache/file.hpp"

/// One connection to cache.db: an existing one, or a new one where there was none or one of another
/// version. What is stored in it is cache.cpp's business.
namespace badclients::cache {

/// One remembered answer or failure. Times are seconds since 1970.
struct Row {
  std::int64_t learnt = 0, expires = 0;
  std::string source;
  std::string value;  ///< facts/serialise.hpp, or the trouble of a failure
};

/// The name by which SQLite reads a file that nobody changes meanwhile, without any locks
/// (https://sqlite.org/uri.html).
std::string immutable_uri(const std::string& path);

class Database {
 public:
  /// Another layout of the table is another version: a cache is made anew, not converted.
  static constexpr int version = 1;

  /// Error: a sentence with path and reason. A damaged file is set aside by the way (see failure).
  static tl::expected<Database, std::string> open(const std::string& state_path);

  /// Runs `work(SQLite::Database&)`, and turns what SQLite throws into a sentence. Where that says
  /// that the file is damaged, the file is set aside as cache.db.corrupt-TIME, so that the next
  /// login starts a new one; this connection is closed then and good for nothing more.
  template <class Work>
  tl::expected<void, std::string> run(Work work) {
    if (!connection_) return tl::unexpected(path() + ": closed, as it is damaged");
    try {
      work(*connection_);
      return {};
    } catch (const SQLite::Exception& error) {
      return tl::unexpected(failure(error));
    }
  }

  /// Writes the WAL back into the file and empties it, as far as nobody is busy with it. To be
  /// called after a commit, as logins are fast where there is nothing in the WAL (see Snapshot).
  /// What goes wrong is left to the next one.
  void empty_wal();

  [[nodiscard]] std::string path() const { return database_path(state_path_); }

 private:
  explicit Database(std::string state_path) : state_path_(std::move(state_path)) {}
  bool connect(const std::string& name, int flags);
  tl::expected<bool, std::string> try_open();
  std::string failure(const SQLite::Exception& error);

  std::string state_path_;
  std::unique_ptr<SQLite::Database> connection_;
};

/// The one statement of a login, to be used for several keys within one transaction.
class Finder {
 public:
  explicit Finder(SQLite::Database& database);
  std::optional<Row> find(const std::string& key);

 private:
  SQLite::Statement select_;
};

/// Adds or replaces rows, within a transaction of the caller's.
class Putter {
 public:
  explicit Putter(SQLite::Database& database);
  void put(const std::string& key, const Row& row);

 private:
  SQLite::Statement insert_;
};

}  // namespace badclients::cache
