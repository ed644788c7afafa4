#include "cache/snapshot.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "cache/database.hpp"
#include "cache/file.hpp"

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Two writes within one tick of the clock that file systems use (10 ms at most) leave the same
/// time behind, so that the second could not be seen.
constexpr milliseconds tick{100};
/// On file systems without fractions of a second (FAT even has 2 s).
constexpr milliseconds coarse_tick{3000};

bool nothing_in_wal(const std::string& path) {
  struct stat status {};
  if (::stat((path + "-wal").c_str(), &status) != 0) return errno == ENOENT;
  return status.st_size == 0;
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool before(const timespec& time, facts::Time now) {
  const auto since = nanoseconds{seconds{time.tv_sec}} + nanoseconds{time.tv_nsec};
  return since < now.time_since_epoch() - (time.tv_nsec == 0 ? coarse_tick : tick);
}

/// Whether the file is one of ours, by its header (https://sqlite.org/fileformat2.html): a question
/// to SQLite takes a statement and a transaction. Read through SQLite's own descriptor: closing
/// another one would take away the locks of every connection that this process has to the file.
bool is_ours(SQLite::Database& connection) {
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  constexpr std::size_t version_at = 60;
  std::array<char, version_at + 4> header{};
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return false;
  constexpr int size = header.size();
  if (file->pMethods->xRead(file, header.data(), size, 0) != SQLITE_OK) return false;
  if (!std::equal(magic.begin(), magic.end(), header.begin())) return false;
  unsigned found = 0;
  for (std::size_t i = version_at; i < header.size(); ++i) {
    found = found << 8U | static_cast<unsigned char>(header[i]);
  }
  return found == Database::version;
}

}  // namespace

std::optional<Snapshot::Seen> Snapshot::Seen::at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Seen{status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

bool Snapshot::Seen::operator==(const Seen& other) const {
  return device == other.device && number == other.number && size == other.size &&
         same(written, other.written) && same(changed, other.changed);
}

bool Snapshot::Seen::long_ago(facts::Time now) const {
  return before(written, now) && before(changed, now);
}

std::optional<Snapshot> Snapshot::open(const std::string& state_path, facts::Time now) {
  auto path = database_path(state_path);
  const auto seen = Seen::at(path);
  if (!seen || !seen->long_ago(now) || !nothing_in_wal(path)) return std::nullopt;
  Snapshot snapshot{std::move(path), *seen};
  try {
    snapshot.connection_ = std::make_unique<SQLite::Database>(
        immutable_uri(snapshot.path_),
        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX);
  } catch (const SQLite::Exception&) {
    return std::nullopt;
  }
  if (!is_ours(*snapshot.connection_)) return std::nullopt;
  return snapshot;
}

bool Snapshot::still_true() const {
  // In this order. Who writes into the file has it in the WAL before, until the file has it all.
  const bool nothing_new = nothing_in_wal(path_);
  const auto now = Seen::at(path_);
  return nothing_new && now && *now == seen_;
}

}  // namespace badclients::cache
