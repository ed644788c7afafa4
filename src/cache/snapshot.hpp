#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>

#include "facts/facts.hpp"

namespace badclients::cache {

/// cache.db read as it lies there, without locks and without the WAL's shared memory, which to set
/// up takes most logins longer than all their look-ups. Only where nobody has anything in the WAL
/// (cache.db then is all there is) and nobody has written the file of late; and what was read
/// counts only if that is still so afterwards.
///
/// Good for one reading: SQLite sees no change of the file through it.
class Snapshot {
 public:
  /// Nothing where it is not as simple as that, or not the database that we know (the ordinary way
  /// then says what is wrong). `now`: by the clock that the file system uses.
  static std::optional<Snapshot> open(const std::string& state_path, facts::Time now);

  [[nodiscard]] SQLite::Database& connection() const { return *connection_; }

  /// Whether everything that was read since open() is what the file held at one moment.
  [[nodiscard]] bool still_true() const;

 private:
  /// What is another where the file is another, or was written.
  struct Seen {
    dev_t device;
    ino_t number;
    off_t size;
    timespec written, changed;
    static std::optional<Seen> at(const std::string& path);
    bool operator==(const Seen& other) const;
    [[nodiscard]] bool long_ago(facts::Time now) const;
  };
  Snapshot(std::string path, const Seen& seen) : path_(std::move(path)), seen_(seen) {}

  std::string path_;
  Seen seen_;
  std::unique_ptr<SQLite::Database> connection_;
};

}  // namespace badclients::cache
