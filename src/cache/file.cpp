#include "cache/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
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

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

/// How long to wait for others who make or take away a cache.db: a few milliseconds each.
constexpr milliseconds longest_wait{1000};
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

/// The lock that SQLite takes for itself when it must be alone (https://sqlite.org/lockingv3.html):
/// its pending, reserved and 510 shared bytes. A connection in WAL mode holds a shared one from its
/// first read to its end. Held until the file is closed.
bool lock_as_sqlite(const File& database) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000000;
  lock.l_len = 512;
  return fcntl(database.number(), F_SETLK, &lock) == 0;
}

FileId id_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

void unlink_companions(const std::string& path) {
  unlink((path + "-wal").c_str());
  unlink((path + "-shm").c_str());
}

/// A name of our own for a new database; the file is there, empty, mode 0600.
tl::expected<std::string, std::string> make_scratch(const std::string& state_path,
                                                    const File& folder) {
  auto path = fmt::format("{}/{}XXXXXX", state_path, scratch_name);
  const int scratch = mkostemp(path.data(), O_CLOEXEC);
  if (scratch < 0) return failure("cannot make", database_path(state_path), errno);
  // root's badclientsctl may come first; Dovecot's user must be able to use it all the same.
  struct stat owner {};
  if (geteuid() == 0 && fstat(folder.number(), &owner) == 0 &&
      fchown(scratch, owner.st_uid, owner.st_gid) != 0) {
    // Then root alone uses it; others are told when they cannot open it.
  }
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
  return state_path + "/cache.db";
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

  const auto scratch = make_scratch(state_path, folder);
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

  const File database{path, O_RDWR};
  if (!database.is_open()) return failure("cannot open", path, errno);
  if (!lock_as_sqlite(database)) return tl::unexpected(path + " is in use");
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

void remove_leftovers(const std::string& state_path) {
  const File folder{state_path, O_RDONLY | O_DIRECTORY};
  // With the lock in hand nobody else is making one.
  if (folder.is_open() && lock_folder(folder)) unlink_all(state_path, scratch_name);
}

}  // namespace badclients::cache
