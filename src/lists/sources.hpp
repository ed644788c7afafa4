#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/file.hpp"

/// What rules were read from, so that a stat() a file tells later whether they still hold.
namespace badclients::lists {

using WallClock = std::function<std::chrono::system_clock::time_point()>;

/// Everything that stat() tells about a change of a file's or folder's content. Links are followed.
/// The time of change cannot be set back by anybody, as the time of modification can.
struct Stamp {
  std::uint64_t device = 0, inode = 0, size = 0, mode = 0;
  std::int64_t modified = 0, changed = 0;  ///< nanoseconds since 1970
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Nothing: it is not there, or cannot be seen.
std::optional<Stamp> stamp_of(const char* path);

/// The time at which something happened, as far as it is known.
struct Moment {
  std::chrono::system_clock::time_point begin, end;
};

/// Whether a file whose stamp was taken then may be written again and keep its stamp: when it was
/// written a moment before, within the step of its file system's clock (10 ms on most, 2 s where
/// there is no fraction of a second), as git's "racy" files are.
bool is_racy(const Stamp& stamp, const Moment& taken);

enum class SourceKind : std::uint32_t {
  file,        ///< its text counts
  folder,      ///< the names of what is in it count
  unreadable,  ///< is there, but could not be read: any change may change that
  missing,     ///< not there, or a link to nothing
  real_path,   ///< where it really lies counts, as data files are looked for beside it
};

struct Source {
  std::string path;
  SourceKind kind = SourceKind::missing;
  bool racy = false;
  Stamp stamp;                ///< taken before it was read; file, folder and unreadable
  std::uint64_t content = 0;  ///< content_of()
};

/// A number that tells contents apart: of the text, the names (but for those of files set aside,
/// and of our own, where a folder is state_path too), the real path, whether there is a link to
/// nothing. Nothing where it cannot be read.
std::optional<std::uint64_t> content_of(SourceKind kind, const std::string& path);

/// Everything that was looked at while lists were read.
class Sources {
 public:
  Sources() : Sources(std::chrono::system_clock::now) {}
  explicit Sources(WallClock clock) : clock_(std::move(clock)) {}

  /// As the functions of these names. What is missing is not remembered where a folder that is
  /// told of it (`required` false).
  tl::expected<std::string, FileError> read_file(const std::string& path, bool required);
  tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path,
                                                                 bool required);
  /// Was looked for and not found: a change when it comes.
  void missing(const std::string& path);
  /// Data files are looked for where `path` really lies.
  void real_path(const std::string& path);

  [[nodiscard]] const std::vector<Source>& all() const { return all_; }

 private:
  template <class Reading>
  auto read(SourceKind kind, const std::string& path, bool required, Reading reading);

  WallClock clock_;
  std::vector<Source> all_;
};

/// Names of files of ours in state_path; cache/file.hpp has the other.
inline constexpr std::string_view index_name = "lists.index";

}  // namespace badclients::lists
