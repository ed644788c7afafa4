#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/stamp.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"
#include "lists/text_store.hpp"

/// What rules were read from. One stat() for each file tells later whether the rules still hold.
namespace badclients::lists {

using base::is_racy;
using base::Moment;
using base::Stamp;
using base::stamp_of;

using WallClock = std::function<TimePoint()>;

/// "2026-11-26 08:15:00 UTC"
std::string date_and_time(TimePoint time);

enum class DependencyKind : std::uint32_t {
  seen,     ///< a file or folder: its stamp counts
  missing,  ///< was not there
  unread,   ///< is there, but could not be read: another try counts
};

struct Dependency {
  std::string path;
  DependencyKind kind = DependencyKind::missing;
  bool racy = false;
  Stamp stamp;               ///< taken before the file was read
  std::uint64_t offset = 0;  ///< where in a file reading failed
};

/// Whether `dependency` says, or may say, something else than before: one stat(), or one try to
/// read what could not be read. If in doubt, true: the cost is reading the lists once more. `path`
/// is the dependency's.
bool has_changed(const Dependency& dependency, const char* path);

/// What a file, folder or link said.
template <class Value>
struct Reading {
  std::optional<Value> value;      ///< nothing: not known
  std::optional<FileError> error;  ///< why it cannot be read now
  std::optional<TimePoint> kept;   ///< `value` is what it said then
};

/// Everything that is looked at while lists are read. With a store, what can be read is kept there,
/// and what cannot be read says what it said last; so does a file that is missing and `required`. A
/// missing file that is not required is not remembered: its folder tells when it comes.
class Dependencies {
 public:
  /// `store` may be nullptr.
  explicit Dependencies(WallClock clock = std::chrono::system_clock::now,
                        TextStore* store = nullptr)
      : clock_(std::move(clock)), store_(store) {}

  Reading<SourceText> file(const std::string& path, bool required);
  /// The names in it, sorted.
  Reading<std::vector<std::string>> folder(const std::string& path, bool required);
  /// As lists::link_target(). If a link changes, so does the file that it leads to, or the link's
  /// folder: both have stamps.
  Reading<std::string> link_target(const std::string& path);
  /// Whether the store knows what the file said last.
  [[nodiscard]] bool has_last(const std::string& path) const {
    return store_ != nullptr && store_->has_last(TextKind::file, path);
  }
  /// Notes that `path` was not found: it is a change when it comes.
  void missing(const std::string& path);

  [[nodiscard]] const std::vector<Dependency>& all() const { return all_; }
  /// How many of them could not be read.
  [[nodiscard]] std::size_t unread() const { return unread_; }

 private:
  Reading<SourceText> unread(TextKind kind, const std::string& path, bool required,
                             const FileError& error);
  template <class Read>
  auto see(const std::string& path, Read read);

  WallClock clock_;
  TextStore* store_;
  std::vector<Dependency> all_;
  std::size_t unread_ = 0;
};

}  // namespace badclients::lists
