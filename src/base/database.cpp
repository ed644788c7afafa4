#include "base/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "base/new_database.hpp"
#include "base/state_file.hpp"

namespace badclients::base {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// A change takes a fraction of the shortest; but a thousand that look so often keep the one that
/// they wait for from its turn. SQLite's own busy handler waits up to 100 ms at once.
Clock::duration pause_after(Clock::duration waited) {
  constexpr Clock::duration shortest = std::chrono::microseconds{500}, longest = milliseconds{25};
  return std::clamp(waited / 4, shortest, longest);
}

int code_of(const SQLite::Exception& error) {
  return error.getErrorCode() & 0xff;
}

bool is_busy(const SQLite::Exception& error) {
  return code_of(error) == SQLITE_BUSY || code_of(error) == SQLITE_LOCKED;
}

/// The statements that made what the database has.
std::string schema_of(SQLite::Database& database) {
  std::string found;
  SQLite::Statement row{database,
                        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"};
  while (row.executeStep()) {
    if (!found.empty()) found += ';';
    found += row.getColumn(0).getString();
  }
  return found;
}

std::string path_in(const std::string& folder, const Database::Layout& layout) {
  return fmt::format("{}/{}", folder, layout.name.c_str());
}

/// To be called before a change is committed. The WAL is found by the file's name: who still has a
/// file that was deleted would write its pages into the WAL of the file that has the name now.
void throw_if_moved(SQLite::Database& database) {
  int moved = 0;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved == 0) return;
  throw SQLite::Exception("was deleted or replaced while it was open", SQLITE_READONLY);
}

/// Why no lock of the file can be had, where that is so: SQLite says busy then, too.
std::optional<int> no_locks(SQLite::Database& database) {
  auto* const handle = database.getHandle();
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return std::nullopt;
  int held = 0, error = 0;
  if (file->pMethods->xCheckReservedLock(file, &held) == SQLITE_OK) return std::nullopt;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

void execute(SQLite::Statement& statement) {
  statement.exec();
  statement.reset();
}

}  // namespace

struct Database::Connection {
  SQLite::Database database;
  milliseconds patience{0};
  bool writes = false;  ///< it is prepared to

  explicit Connection(const std::string& path)
      : database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX) {
    sqlite3_busy_handler(database.getHandle(), try_again, this);
    // Else the last one to close deletes the WAL, and the next one makes it anew.
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

  /// In a transaction for reading. Its statements are prepared once: what looks often, as a door
  /// that lives long does, would prepare them at each look.
  void look(const Work& work) {
    if (!begin_) begin_.emplace(database, "BEGIN");
    if (!end_) end_.emplace(database, "COMMIT");
    execute(*begin_);
    try {
      work(database);
      execute(*end_);
      has_looked_ = true;
    } catch (...) {
      database.tryExec("ROLLBACK");
      throw;
    }
  }

  /// Version::header.
  std::optional<decltype(Version::header)> header() {
    if (!has_looked_ || (!index_ && !find_index()) || *index_ == nullptr) return std::nullopt;
    // There are two copies, and who writes begins with the second.
    decltype(Version::header) first, second;
    std::memcpy(first.data(), *index_, sizeof first);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::memcpy(second.data(), *index_ + sizeof first, sizeof second);
    return first == second ? std::optional{first} : std::nullopt;
  }

  /// Whatever is done next may unmap the WAL's index.
  void let_go_of_index() {
    has_looked_ = false;
    index_.reset();
  }

 private:
  /// The WAL's index, which a look has mapped. False: it cannot be said whether there is one.
  bool find_index() try {
    SQLite::Statement mode{database, "PRAGMA journal_mode"};
    index_ =
        mode.executeStep() && mode.getColumn(0).getString() == "wal" ? mapped_index() : nullptr;
    return true;
  } catch (const SQLite::Exception&) {
    return false;
  }
  const char* mapped_index() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2)
      return nullptr;
    constexpr int bytes = 32 * 1024;  // of the first piece: always as many
    void volatile* index = nullptr;
    if (file->pMethods->xShmMap(file, 0, bytes, 0, &index) != SQLITE_OK) return nullptr;
    return static_cast<const char*>(const_cast<void*>(index));
  }

  std::optional<SQLite::Statement> begin_, end_;
  bool has_looked_ = false;
  /// The WAL's index; null: there is no WAL; nothing: it was not looked for.
  std::optional<const char*> index_;
  Clock::time_point waits_since_{};

  /// `tries`: how often SQLite has found the same lock taken before.
  static int try_again(void* connection, int tries) {
    auto& self = *static_cast<Connection*>(connection);
    if (tries == 0) self.waits_since_ = Clock::now();
    const auto waited = Clock::now() - self.waits_since_;
    if (waited >= self.patience) return 0;
    std::this_thread::sleep_for(
        std::min<Clock::duration>(pause_after(waited), self.patience - waited));
    return 1;
  }
};

std::optional<Database::Identity> Database::Identity::of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const std::chrono::nanoseconds modified = std::chrono::seconds{status.st_mtim.tv_sec} +
                                            std::chrono::nanoseconds{status.st_mtim.tv_nsec};
  return Identity{status.st_dev, status.st_ino,  status.st_mode,  status.st_uid,
                  status.st_gid, status.st_size, modified.count()};
}

bool Database::Identity::continues(const Identity& before) const {
  const auto who = [](const Identity& one) {
    return std::tie(one.device, one.inode, one.mode, one.user, one.group);
  };
  return who(*this) == who(before) && bytes >= before.bytes;
}

Database::Database(std::string path, Layout layout, std::optional<Identity> identity,
                   std::unique_ptr<Connection> connection)
    : path_(std::move(path)),
      layout_(layout),
      identity_(identity),
      connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

tl::expected<Database, Database::Error> Database::open(const std::string& folder,
                                                       const Layout& layout) {
  const auto path = path_in(folder, layout);
  const auto cannot = [&](const char* reason) {
    return tl::unexpected(Error{false, fmt::format("{}: {}", path, reason)});
  };
  // The folder may be reached by a link; the file may not be one, for it may lead anywhere.
  const std::unique_ptr<char, decltype(&std::free)> real{::realpath(folder.c_str(), nullptr),
                                                         std::free};
  if (!real) return cannot(std::strerror(errno));
  for (bool made = false;; made = true) {
    try {
      const auto identity = Identity::of(path);
      return Database{path, layout, identity,
                      std::make_unique<Connection>(path_in(real.get(), layout))};
    } catch (const SQLite::Exception& error) {
      if (made || code_of(error) != SQLITE_CANTOPEN) return cannot(error.what());
    }
    // SQLite would make it for everybody to read, and for root where root comes first. It fills one
    // that is empty, where no better can be made.
    (void)make_database(folder, layout.name, layout.schema);
    if (!open_state_file(folder, layout.name).is_open()) return cannot(std::strerror(errno));
  }
}

bool Database::is_current(const std::string& folder) {
  if (!healthy_ || !identity_ || !is_path_of(path_, folder, layout_.name)) return false;
  const auto now = Identity::of(path_);
  if (!now || !now->continues(*identity_)) return false;
  identity_ = now;
  return sqlite3_db_readonly(connection_->database.getHandle(), "main") == 0;
}

std::optional<Database::Version> Database::version() const {
  if (!healthy_ || !identity_) return std::nullopt;
  const auto header = connection_->header();
  return header ? std::optional{Version{*header, identity_->modified}} : std::nullopt;
}

tl::expected<void, Database::Error> Database::look(milliseconds patience, const Work& work) {
  return attempt([&] {
    connection_->patience = patience;
    connection_->look(work);
  });
}

tl::expected<void, Database::Error> Database::use(milliseconds patience, const Work& work) {
  return use_in_steps(patience, [&](const Steps& steps) { steps.use(work); });
}

tl::expected<void, Database::Error> Database::use_in_steps(
    milliseconds patience, const std::function<void(const Steps&)>& work) {
  return attempt([&] {
    connection_->patience = patience;
    prepare_to_write();
    work({connection_->database, [&](const Work& step) { change(patience, step); }});
  });
}

void Database::change(milliseconds patience, const Work& work) {
  SQLite::Transaction transaction{connection_->database, SQLite::TransactionBehavior::IMMEDIATE};
  work(connection_->database);
  throw_if_moved(connection_->database);
  transaction.commit();
  // Cut where nobody reads at the moment: the first process to open the file reads all of the WAL.
  connection_->patience = milliseconds{0};
  (void)sqlite3_wal_checkpoint_v2(connection_->database.getHandle(), nullptr,
                                  SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  connection_->patience = patience;
}

tl::expected<void, Database::Error> Database::attempt(const std::function<void()>& work) {
  healthy_ = false;
  try {
    try {
      work();
    } catch (const SQLite::Exception& error) {
      if (!mend(error)) throw;
      work();
    }
    healthy_ = true;
    return {};
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(error_of(error));
  }
}

/// False: the file is not to blame.
bool Database::mend(const SQLite::Exception& error) {
  switch (code_of(error)) {
    case SQLITE_ERROR:  // no such table, no such column
      lay_out();
      return true;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      begin_anew(error);
      return true;
    default:
      return false;
  }
}

void Database::begin_anew(const SQLite::Exception& damage) {
  try {
    empty();
    lay_out();
  } catch (const SQLite::Exception& error) {
    throw SQLite::Exception(
        fmt::format("{}, and cannot be emptied: {}", damage.what(), error.what()),
        error.getErrorCode());
  }
  damage_ = fmt::format("{}: {}; it was begun anew", path_, damage.what());
}

void Database::prepare_to_write() {
  if (connection_->writes) return;
  connection_->let_go_of_index();
  connection_->database.exec("PRAGMA synchronous=OFF");
  // It persists: those who read need not ask for it.
  (void)connection_->database.tryExec("PRAGMA journal_mode=WAL");
  connection_->writes = true;
}

void Database::lay_out() {
  prepare_to_write();
  if (make_tables()) return;
  empty();
  (void)make_tables();
}

/// False: there are others.
bool Database::make_tables() {
  SQLite::Transaction transaction{connection_->database, SQLite::TransactionBehavior::IMMEDIATE};
  const auto found = schema_of(connection_->database);
  if (!found.empty()) return found == layout_.schema;  // then another process was faster
  connection_->database.exec(layout_.schema);
  throw_if_moved(connection_->database);
  transaction.commit();
  return true;
}

/// https://sqlite.org/c3ref/c_dbconfig_defensive.html, SQLITE_DBCONFIG_RESET_DATABASE.
void Database::empty() {
  connection_->let_go_of_index();
  auto* const handle = connection_->database.getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  try {
    prepare_to_write();
    throw_if_moved(connection_->database);
    connection_->database.exec("VACUUM");
  } catch (...) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
    throw;
  }
  sqlite3_db_config(handle, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
}

Database::Error Database::error_of(const SQLite::Exception& error) const {
  const auto reason = is_busy(error) ? no_locks(connection_->database) : std::nullopt;
  if (reason) {
    return {false, fmt::format("{}: cannot be locked: {}", path_, std::strerror(*reason))};
  }
  return {is_busy(error), fmt::format("{}: {}", path_, error.what())};
}

void expect_one_thread() {
  // Refused where SQLite was initialised before; then it goes on as it is.
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
}

}  // namespace badclients::base
