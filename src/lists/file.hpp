#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

/// Reading the files that lists are made of.
namespace badclients::lists {

struct FileError {
  enum class Kind : std::uint8_t {
    missing,   ///< nothing is there; a symbolic link to nothing is something
    hidden,    ///< cannot even be seen: it is for the folder above to say why
    failed,    ///< is there; another try may do: no permission, a bad disk, too many open files
    unusable,  ///< is there, and no list as it is: too large, a folder, UTF-16, compressed
  };
  Kind kind = Kind::failed;
  std::string reason;        ///< without the path: "Permission denied"
  std::uint64_t offset = 0;  ///< where in the file reading failed

  [[nodiscard]] bool missing() const { return kind == Kind::missing; }
  /// Not by the folder above.
  [[nodiscard]] bool is_told_here() const { return kind != Kind::missing && kind != Kind::hidden; }
};

/// Takes a file piece by piece.
using TakePiece = std::function<void(std::string_view piece)>;

/// All of a regular file, of 256 MiB at most. Never waits: a FIFO or a device is an error, and so
/// is a folder, UTF-16 text and what is compressed. On an error `take` may have been called; what
/// it throws is passed on.
tl::expected<void, FileError> read_pieces(const std::string& path, const TakePiece& take);
tl::expected<std::string, FileError> read_file(const std::string& path);

/// Whether a file could be read: where not, it is opened and read at `offset` once more. Nothing
/// where that can be done.
std::optional<FileError> try_file(const std::string& path, std::uint64_t offset);

/// The names of everything in a folder, in the order of their bytes, except `.` and `..`.
tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path);

/// Where the links that `path` names lead to, one after the other; `path` where it is no link.
/// Links among the folders above stay as they are: opening the result follows them anew.
tl::expected<std::string, FileError> link_target(const std::string& path);

/// Whether this is one of the names that editors and package managers give to a file that is not
/// to be read: hidden, `*~`, `*.bak`, `*.dpkg-old`, ...
bool is_set_aside(std::string_view name);

}  // namespace badclients::lists
