#include "base/new_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/whole_file.hpp"

namespace badclients::base {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// What a file holds that has the tables and nothing in them, and a WAL from its first change on
/// (https://sqlite.org/fileformat2.html, 1.3.3).
std::string without_rows(const char* schema) {
  SQLite::Database database{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  database.exec(schema);
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes{
      sqlite3_serialize(database.getHandle(), "main", &size, 0), sqlite3_free};
  if (!bytes) throw SQLite::Exception("out of memory", SQLITE_NOMEM);
  std::string file{reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
  constexpr std::size_t write_version = 18, read_version = 19;
  constexpr char has_wal = 2;
  file.at(write_version) = file.at(read_version) = has_wal;
  return file;
}

}  // namespace

bool make_database(const std::string& folder, StateFile state_file, const char* schema) try {
  const std::string name = state_file.c_str();
  const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  struct stat around {
  }, there{};
  if (!opened.is_open() || ::fstat(opened.number(), &around) != 0) return false;
  const auto is_there = [&] {
    return ::fstatat(opened.number(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  };
  (void)remove_foreign_file(folder, name);
  // Two that make one at the same time would each take away the other's. It takes less than 1 ms.
  const auto give_up = Clock::now() + milliseconds{100};
  while (!is_there() && !lock(opened.number(), LOCK_EX | LOCK_NB)) {
    if (errno != EWOULDBLOCK || Clock::now() >= give_up) return false;
    std::this_thread::sleep_for(milliseconds{1});
  }
  if (is_there()) return true;
  for (const auto* suffix : {"-wal", "-shm", "-journal"}) {
    (void)::unlinkat(opened.number(), (name + suffix).c_str(), 0);
  }
  const auto bytes = without_rows(schema);
  NewFile file{name, bytes, 0600};
  file.is_flushed = false;
  if (::geteuid() == 0) file.owner = {around.st_uid, around.st_gid};
  return put_file(opened.number(), file, Put::missing);
} catch (const SQLite::Exception&) {
  return false;
}

}  // namespace badclients::base
