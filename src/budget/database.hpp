#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace badclients::budget {

/// `state_path`/budget.db: a table of questions that were put to servers, and one of what servers
/// said. SQLite with a rollback journal; each use is one write transaction, and between two of them
/// the connection holds no lock.
///
/// Nothing is flushed to disk: a login waits for no disk. After a power failure the file may be
/// damaged. A file that is damaged, of another version or with other tables is emptied where it
/// lies, by SQLite and under its locks.
class Database {
 public:
  struct Error {
    bool busy = false;  ///< others write, and were not done within the patience; else unusable
    std::string text;   ///< with the path
  };

  static tl::expected<Database, Error> open(const std::string& state_path,
                                            std::chrono::milliseconds patience);

  /// One read transaction. Waits for writers no longer than `patience`.
  tl::expected<void, Error> look(std::chrono::milliseconds patience,
                                 const std::function<void(SQLite::Database&)>& work);

  /// One write transaction. Waits for others no longer than `patience`.
  tl::expected<void, Error> use(std::chrono::milliseconds patience,
                                const std::function<void(SQLite::Database&)>& work);

  /// "STATE_PATH/budget.db"
  static std::string path_in(const std::string& state_path);

 private:
  Database(std::string path, std::unique_ptr<SQLite::Database> connection)
      : path_(std::move(path)), connection_(std::move(connection)) {}
  tl::expected<void, Error> transact(SQLite::TransactionBehavior how,
                                     std::chrono::milliseconds patience,
                                     const std::function<void(SQLite::Database&)>& work);
  [[nodiscard]] Error error_of(const SQLite::Exception& error) const;
  bool connect(std::chrono::milliseconds patience);
  void prepare();
  void set_up();
  void lay_out();
  void empty();

  std::string path_;
  std::unique_ptr<SQLite::Database> connection_;
};

}  // namespace badclients::budget
