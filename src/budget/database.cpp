#include "budget/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/database_damage.hpp"
#include "base/state_file.hpp"

namespace badclients::budget {

namespace {

using std::chrono::milliseconds;

constexpr const char* file_name = "budget.db";
constexpr int version = 3;

/// question: one that was put, for each count that it counts for (request_log.hpp).
/// server: what one was asked last and what it said (servers.hpp).
/// silence: a source that has not answered since a while (silences.hpp).
/// waiting: a question that there was no budget for (waiting.hpp).
/// missed: what logins were decided without (missed.hpp).
constexpr const char* schema =
    "CREATE TABLE question(scope TEXT NOT NULL, number INTEGER NOT NULL, reached INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, PRIMARY KEY(scope, number)) WITHOUT ROWID;"
    "CREATE INDEX question_by_expiry ON question(expires);"
    "CREATE TABLE server(name TEXT NOT NULL, service TEXT NOT NULL, asked INTEGER NOT NULL,"
    " closed_since INTEGER NOT NULL, closed_until INTEGER NOT NULL, reason TEXT NOT NULL,"
    " expires INTEGER NOT NULL, PRIMARY KEY(name, service)) WITHOUT ROWID;"
    "CREATE TABLE silence(source TEXT PRIMARY KEY, logins INTEGER NOT NULL, since INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE waiting(registry TEXT NOT NULL, about TEXT NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY(registry, about)) WITHOUT ROWID;"
    "CREATE TABLE missed(kind TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY(kind, name)) WITHOUT ROWID";

int code_of(const SQLite::Exception& error) {
  return error.getErrorCode() & 0xff;
}

int version_of(SQLite::Database& connection) {
  return connection.execAndGet("PRAGMA user_version").getInt();
}

/// Why no lock of the file can be had, where that is so: SQLite says busy then, too.
std::optional<int> no_locks(SQLite::Database& connection) {
  auto* const handle = connection.getHandle();
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return std::nullopt;
  int held = 0, error = 0;
  if (file->pMethods->xCheckReservedLock(file, &held) == SQLITE_OK) return std::nullopt;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

int in_milliseconds(milliseconds patience) {
  return static_cast<int>(patience.count());
}

}  // namespace

std::string Database::path_in(const std::string& state_path) {
  return fmt::format("{}/{}", state_path, file_name);
}

Database::Error Database::error_of(const SQLite::Exception& error) const {
  const bool busy = code_of(error) == SQLITE_BUSY || code_of(error) == SQLITE_LOCKED;
  const auto reason = busy && connection_ ? no_locks(*connection_) : std::nullopt;
  if (reason) {
    return {false, fmt::format("{}: cannot be locked: {}", path_, std::strerror(*reason))};
  }
  return {busy, fmt::format("{}: {}", path_, error.what())};
}

tl::expected<Database, Database::Error> Database::open(const std::string& state_path,
                                                       milliseconds patience) {
  const auto path = path_in(state_path);
  Database database{path, nullptr};
  try {
    for (bool made = false;; made = true) {
      if (database.connect(patience)) break;
      // SQLite would make it for everybody to read, and for root where root comes first.
      const int file = made ? -1 : base::open_state_file(state_path, file_name);
      if (file < 0) {
        return tl::unexpected(Error{false, fmt::format("{}: {}", path, std::strerror(errno))});
      }
      ::close(file);
    }
    database.prepare();
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(database.error_of(error));
  }
  return database;
}

/// False: it cannot be opened, errno says why.
bool Database::connect(milliseconds patience) {
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  try {
    connection_ = std::make_unique<SQLite::Database>(path_, flags, in_milliseconds(patience));
    return true;
  } catch (const SQLite::Exception& error) {
    if (code_of(error) != SQLITE_CANTOPEN) throw;
    return false;
  }
}

void Database::prepare() {
  try {
    set_up();
  } catch (const SQLite::Exception& error) {
    if (!base::is_damage(error, *connection_, schema)) throw;
    empty();
  }
}

void Database::set_up() {
  connection_->exec("PRAGMA synchronous=OFF");
  // A journal that stays costs no file made and deleted at each use.
  connection_->exec("PRAGMA journal_mode=PERSIST");
  if (version_of(*connection_) != version) lay_out();
}

/// Makes the tables, in the place of those of another version.
void Database::lay_out() {
  SQLite::Transaction transaction{*connection_, SQLite::TransactionBehavior::IMMEDIATE};
  if (version_of(*connection_) == version) return;  // another process was faster
  std::vector<std::string> others;
  {
    // SQLite's own stay: they are about those, and cannot be taken away.
    SQLite::Statement other{*connection_,
                            "SELECT type || ' \"' || name || '\"' FROM sqlite_master"
                            " WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'"};
    while (other.executeStep()) others.push_back(other.getColumn(0).getString());
  }
  for (const auto& other : others) connection_->exec("DROP " + other);
  connection_->exec(schema);
  connection_->exec(fmt::format("PRAGMA user_version={}", version));
  transaction.commit();
}

/// For what is damaged: https://sqlite.org/c3ref/c_dbconfig_defensive.html,
/// SQLITE_DBCONFIG_RESET_DATABASE.
void Database::empty() {
  auto* const handle = connection_->getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  const int done = connection_->tryExec("VACUUM");
  sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  if (done != SQLITE_OK) throw SQLite::Exception(handle, done);
  set_up();
}

tl::expected<void, Database::Error> Database::look(
    milliseconds patience, const std::function<void(SQLite::Database&)>& work) {
  return transact(SQLite::TransactionBehavior::DEFERRED, patience, work);
}

tl::expected<void, Database::Error> Database::use(
    milliseconds patience, const std::function<void(SQLite::Database&)>& work) {
  return transact(SQLite::TransactionBehavior::IMMEDIATE, patience, work);
}

tl::expected<void, Database::Error> Database::transact(
    SQLite::TransactionBehavior how, milliseconds patience,
    const std::function<void(SQLite::Database&)>& work) {
  const auto once = [&] {
    connection_->setBusyTimeout(in_milliseconds(patience));
    SQLite::Transaction transaction{*connection_, how};
    work(*connection_);
    transaction.commit();
  };
  try {
    try {
      once();
    } catch (const SQLite::Exception& error) {
      if (!base::is_damage(error, *connection_, schema)) throw;
      empty();
      once();
    }
    return {};
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(error_of(error));
  }
}

}  // namespace badclients::budget
