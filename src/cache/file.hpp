#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include <tl/expected.hpp>

/// cache.db as a file: how it comes into being and goes, with any number of processes at it.
///
/// A database in WAL mode is three files: cache.db, cache.db-wal and cache.db-shm. SQLite finds the
/// latter two by name, so a cache.db must never meet another's -wal. Hence:
/// - a new database is made under another name and then linked to its own, whole;
/// - who makes one or takes one away holds a lock on the folder (flock), and takes away what is
///   left of another's -wal and -shm first;
/// - one is only taken away by a process that could lock it exclusively, as SQLite itself would: no
///   other connection has read from it;
/// - whoever has opened it and read from it looks once whether cache.db is still the same file
///   (Database::open does) before it believes or writes anything.
namespace badclients::cache {

/// "STATE_PATH/cache.db"
std::string database_path(const std::string& state_path);

/// Which file cache.db is at the moment.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};
/// Nothing: there is none, or it cannot be seen.
std::optional<FileId> database_file(const std::string& state_path);

/// Makes cache.db where there is none, mode 0600, owned by the folder's owner where we are root.
/// `fill` writes an empty database to the path it is given; it may throw std::exception. Where
/// several processes try, one makes it, the others find it. Error: a sentence with path and reason.
tl::expected<void, std::string> create_database(
    const std::string& state_path, const std::function<void(const std::string& path)>& fill);

/// Takes cache.db away, provided that it is still the file `seen` and no connection is open (close
/// one's own first). With `keep` it becomes cache.db.corrupt-TIME, in the place of any earlier one.
/// Its new name, empty where another process was faster. Error: why it still is in its place.
tl::expected<std::string, std::string> remove_database(const std::string& state_path,
                                                       const FileId& seen, bool keep);

/// Takes away a cache.db of another user's that we cannot use, where the folder is ours
/// (base::remove_foreign_file). False: there is none.
bool remove_foreign_database(const std::string& state_path);

/// Deletes what a process that was killed while it made a database has left behind.
void remove_leftovers(const std::string& state_path);

}  // namespace badclients::cache
