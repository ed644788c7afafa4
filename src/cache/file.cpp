#include "cache/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <thread>

#include "base/state_file.hpp"

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

/// How long to wait for others who make or take away a cache.db: a few milliseconds each.
constexpr milliseconds longest_wait{1000};
constexpr const char* database_name = "cache.db";
constexpr std::string_view kept_name = "cache.db.corrupt-";
constexpr std::string_view scratch_name = "cache.db.new-";

tl::unexpected<std::string> failure(std::string_view doing, const std::string& path, int error) {
  return tl::unexpected(fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

class File {
 public:
  File(const std::string& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

/// Held until the File is closed. False: errno says why not.
bool lock_folder(const File& folder) {
  for (milliseconds waited{0}; flock(folder.number(), LOCK_EX | LOCK_NB) != 0;) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (waited >= longest_wait) return false;
    constexpr milliseconds pause{2};
    std::this_thread::sleep_for(pause);
    waited += pause;
  }
  return true;
}

/// A database file, locked as SQLite locks it when it must be alone: no other connection has read
/// from it, in this process or any other. SQLite's own file does it, for locks of fcntl(2) belong
/// to a process: one of our own would conflict with no connection in this process, and closing it
/// would take theirs away.
class LockedDatabase {
 public:
  explicit LockedDatabase(const std::string& path) {
    if (sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
      error_ = sqlite3_system_errno(connection_);
      return;
    }
    sqlite3_file* file = nullptr;
    sqlite3_file_control(connection_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    is_open_ = file != nullptr && file->pMethods != nullptr;
    is_locked_ = is_open_ && file->pMethods->xLock(file, SQLITE_LOCK_SHARED) == SQLITE_OK &&
                 file->pMethods->xLock(file, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK;
  }
  LockedDatabase(const LockedDatabase&) = delete;
  LockedDatabase& operator=(const LockedDatabase&) = delete;
  ~LockedDatabase() { sqlite3_close(connection_); }

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] bool is_locked() const { return is_locked_; }
  [[nodiscard]] int error() const { return error_; }

 private:
  sqlite3* connection_ = nullptr;
  bool is_open_ = false, is_locked_ = false;
  int error_ = 0;
};

FileId id_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

void unlink_companions(const std::string& path) {
  unlink((path + "-wal").c_str());
  unlink((path + "-shm").c_str());
}

/// A name of our own for a new database; the file is there, empty, mode 0600.
tl::expected<std::string, std::string> make_scratch(const std::string& state_path) {
  auto path = fmt::format("{}/{}XXXXXX", state_path, scratch_name);
  const int scratch = mkostemp(path.data(), O_CLOEXEC);
  if (scratch < 0) return failure("cannot make", database_path(state_path), errno);
  base::give_to_owner_of(state_path, scratch);
  close(scratch);
  return path;
}

void unlink_all(const std::string& state_path, std::string_view prefix) {
  DIR* const folder = opendir(state_path.c_str());
  if (folder == nullptr) return;
  while (const auto* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.starts_with(prefix)) unlink((state_path + "/" + name).c_str());
  }
  closedir(folder);
}

}  // namespace

std::string database_path(const std::string& state_path) {
  return fmt::format("{}/{}", state_path, database_name);
}

std::optional<FileId> database_file(const std::string& state_path) {
  struct stat status {};
  if (stat(database_path(state_path).c_str(), &status) != 0) return std::nullopt;
  return id_of(status);
}

tl::expected<void, std::string> create_database(
    const std::string& state_path, const std::function<void(const std::string& path)>& fill) {
  const File folder{state_path, O_RDONLY | O_DIRECTORY};
  if (!folder.is_open()) return failure("cannot open folder", state_path, errno);
  const int trouble = lock_folder(folder) ? 0 : errno;
  if (database_file(state_path)) return {};  // by now
  if (trouble != 0) return failure("cannot lock folder", state_path, trouble);

  const auto scratch = make_scratch(state_path);
  if (!scratch) return tl::unexpected(scratch.error());
  const auto path = database_path(state_path);
  tl::expected<void, std::string> result;
  try {
    fill(*scratch);
    unlink_companions(path);  // of a cache.db that somebody deleted
    if (link(scratch->c_str(), path.c_str()) != 0 && errno != EEXIST) {
      result = failure("cannot make", path, errno);
    }
  } catch (const std::exception& error) {
    result = tl::unexpected(fmt::format("cannot make {}: {}", path, error.what()));
  }
  unlink(scratch->c_str());
  unlink_companions(*scratch);
  return result;
}

tl::expected<std::string, std::string> remove_database(const std::string& state_path,
                                                       const FileId& seen, bool keep) {
  const auto path = database_path(state_path);
  const File folder{state_path, O_RDONLY | O_DIRECTORY};
  if (!folder.is_open()) return failure("cannot open folder", state_path, errno);
  if (!lock_folder(folder)) return failure("cannot lock folder", state_path, errno);
  const auto present = database_file(state_path);
  if (!present || *present != seen) return std::string{};

  const LockedDatabase database{path};
  if (!database.is_open()) return failure("cannot open", path, database.error());
  if (!database.is_locked()) return tl::unexpected(path + " is in use");
  unlink_companions(path);
  if (!keep) {
    if (unlink(path.c_str()) != 0) return failure("cannot delete", path, errno);
    return path;
  }
  unlink_all(state_path, kept_name);
  const auto kept = fmt::format("{}/{}{}", state_path, kept_name, std::time(nullptr));
  if (rename(path.c_str(), kept.c_str()) != 0) return failure("cannot rename", path, errno);
  return kept;
}

bool remove_foreign_database(const std::string& state_path) {
  const File folder{state_path, O_RDONLY | O_DIRECTORY};
  // With the lock in hand nobody else can have put a good one in its place.
  return folder.is_open() && lock_folder(folder) &&
         base::remove_foreign_file(state_path, database_name);
}

void remove_leftovers(const std::string& state_path) {
  const File folder{state_path, O_RDONLY | O_DIRECTORY};
  // With the lock in hand nobody else is making one.
  if (folder.is_open() && lock_folder(folder)) unlink_all(state_path, scratch_name);
}

}  // namespace badclients::cache
