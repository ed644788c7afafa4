#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

/// What a stat(2) tells of a file or folder: whether what was read from it still holds.
namespace badclients::base {

using TimePoint = std::chrono::system_clock::time_point;

/// Everything that stat() tells about a change of a file's or folder's content. Links are followed.
/// The time of change cannot be set back by anybody, as the time of modification can.
struct Stamp {
  std::uint64_t device = 0, inode = 0, size = 0, mode = 0;
  std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Nothing: it is not there, or cannot be seen.
std::optional<Stamp> stamp_of(const char* path);
std::optional<Stamp> stamp_of(int descriptor);

/// The time at which something happened, as far as it is known.
struct Moment {
  TimePoint begin, end;
};

/// Whether a file whose stamp was taken then may be written again and keep its stamp: when it was
/// written a moment before, within the step of its file system's clock (10 ms on most, 2 s where
/// there is no fraction of a second), as git's "racy" files are.
bool is_racy(const Stamp& stamp, const Moment& taken);

/// A stamp by which a process knows whether a file still is the one that it has read.
class Seen {
 public:
  /// Nothing is seen: it never holds.
  Seen() = default;
  /// Of the file that `path` leads to, before it is read. Only a regular file is ever seen.
  static Seen at(const char* path);

  /// Whether `path` leads to the same file, unchanged: one stat(). False where that is in doubt.
  [[nodiscard]] bool holds(const char* path) const;

 private:
  std::optional<Stamp> stamp_;  ///< nothing as well where it is racy
};

}  // namespace badclients::base
