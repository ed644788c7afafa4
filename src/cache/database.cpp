#include "cache/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/database_damage.hpp"

namespace badclients::cache {

namespace {

/// Reading never waits for a writer (WAL), but may for one that repairs the WAL after a crash;
/// writers wait for each other. Then it is given up: a login has better things to do.
constexpr int busy_timeout_ms = 200;

/// Rows by key, no hidden row number: a look-up is one descent of one tree. The index is for
/// upkeep, which takes out what expired first.
constexpr const char* schema =
    "CREATE TABLE entry(key BLOB PRIMARY KEY, learnt INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " source TEXT NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX entry_by_expiry ON entry(expires)";

void fill(const std::string& path) {
  SQLite::Database database{path, SQLite::OPEN_READWRITE, busy_timeout_ms};
  // Whole or not at all: the file gets its name only when it is complete. After a power failure
  // it may be empty, and is made anew.
  database.exec("PRAGMA synchronous=OFF");
  // Persistent: no later connection has to ask for it.
  if (database.execAndGet("PRAGMA journal_mode=WAL").getString() != "wal") {
    throw SQLite::Exception("the file system does not allow WAL (shared memory)");
  }
  database.exec(schema);
  database.exec(fmt::format("PRAGMA user_version={}", Database::version));
}

/// True: cache.db is not the file any more that this connection has opened.
bool has_moved(SQLite::Database& database) {
  int moved = 0;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool is_empty_or_missing(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return errno == ENOENT;
  return status.st_size == 0;
}

int version_of(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

}  // namespace

std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char byte : path) {
    if (std::strchr("%?#", byte) != nullptr) {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    } else {
      uri += byte;
    }
  }
  return uri + "?immutable=1";
}

/// False: it cannot be opened (the reason is not known before something is read).
bool Database::connect(const std::string& name, int flags) {
  connection_.reset();
  try {
    // No mutexes: a connection is used by one thread. No mmap_size: a login reads a handful of
    // pages, and a mapping of all the file would not fit into Dovecot's address space limit.
    connection_ =
        std::make_unique<SQLite::Database>(name, flags | SQLITE_OPEN_NOMUTEX, busy_timeout_ms);
  } catch (const SQLite::Exception&) {
    return false;
  }
  // Else the last one to close writes the WAL back into the file and deletes it, and the next one
  // makes it anew. Those who have written call empty_wal.
  sqlite3_db_config(connection_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return true;
}

void Database::empty_wal() {
  if (!connection_) return;
  connection_->setBusyTimeout(0);
  (void)connection_->tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
}

std::string Database::failure(const SQLite::Exception& error) {
  auto text = fmt::format("{}: {}", path(), error.what());
  if (!connection_ || !base::is_damage(error, *connection_, schema)) return text;
  const auto file = database_file(state_path_);
  const bool ours = file && !has_moved(*connection_);
  connection_.reset();
  if (!ours) return text;
  const auto kept = remove_database(state_path_, *file, true);
  if (!kept) return fmt::format("{}; it could not be set aside: {}", text, kept.error());
  return kept->empty() ? text : fmt::format("{}; set aside as {}", text, *kept);
}

/// False: once more, the file is another one now.
tl::expected<bool, std::string> Database::try_open() {
  bool connected = connect(path(), SQLITE_OPEN_READWRITE);
  if (!connected && access(path().c_str(), R_OK) == 0) {
    // Made by another process in this moment?
    connected = connect(path(), SQLITE_OPEN_READWRITE);
    if (!connected) return tl::unexpected(path() + ": cannot be opened");
  }
  if (!connected) {
    const int error = errno;
    if (error != ENOENT && !remove_foreign_database(state_path_)) {
      return tl::unexpected(path() + ": " + std::strerror(error));
    }
    const auto created = create_database(state_path_, fill);
    if (!created) return tl::unexpected(created.error());
    return false;
  }
  int found = 0;
  const auto read = [&](SQLite::Database& database) { found = version_of(database); };
  try {
    read(*connection_);
  } catch (const SQLite::Exception& error) {
    // Nobody may write here, and nobody who may has left the WAL's shared memory behind. Then
    // the file alone is all there is.
    const int code = error.getErrorCode() & 0xff;
    const bool no_wal = (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
                        is_empty_or_missing(path() + "-wal") &&
                        connect(immutable_uri(path()), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    if (!no_wal) return tl::unexpected(failure(error));
    if (const auto again = run(read); !again) return tl::unexpected(again.error());
  }
  // In this order: what is removed below shall be the file that was found to be of another version.
  const auto file = found == version ? FileId{} : database_file(state_path_);
  if (!file || has_moved(*connection_)) return false;
  if (found == version) return true;

  connection_.reset();
  const auto removed = remove_database(state_path_, *file, false);
  if (!removed) {
    return tl::unexpected(fmt::format("{}: of version {}, not {}, and cannot be replaced: {}",
                                      path(), found, version, removed.error()));
  }
  return false;
}

tl::expected<Database, std::string> Database::open(const std::string& state_path) {
  Database database{state_path};
  for (unsigned tries = 0; tries < 4; ++tries) {
    const auto opened = database.try_open();
    if (!opened) return tl::unexpected(opened.error());
    if (*opened) return database;
  }
  return tl::unexpected(database.path() + ": is replaced again and again");
}

Finder::Finder(SQLite::Database& database)
    : select_(database, "SELECT learnt, expires, source, value FROM entry WHERE key = ?") {}

std::optional<Row> Finder::find(const std::string& key) {
  select_.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
  std::optional<Row> row;
  if (select_.executeStep()) {
    row = Row{select_.getColumn(0).getInt64(), select_.getColumn(1).getInt64(),
              select_.getColumn(2).getString(), select_.getColumn(3).getString()};
  }
  select_.reset();
  return row;
}

Putter::Putter(SQLite::Database& database)
    : insert_(database,
              "INSERT OR REPLACE INTO entry(key, learnt, expires, source, value)"
              " VALUES(?, ?, ?, ?, ?)") {}

void Putter::put(const std::string& key, const Row& row) {
  insert_.bindNoCopy(1, key.data(), static_cast<int>(key.size()));
  insert_.bind(2, row.learnt);
  insert_.bind(3, row.expires);
  insert_.bindNoCopy(4, row.source);
  insert_.bindNoCopy(5, row.value.data(), static_cast<int>(row.value.size()));
  insert_.exec();
  insert_.reset();
}

}  // namespace badclients::cache
