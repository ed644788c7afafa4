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
    hidden,    ///< cannot even be seen; its folder's error says why
    failed,    ///< is there; another try may do: no permission, a bad disk, too many open files
    unusable,  ///< is there, but is no list: too large, a folder, UTF-16, compressed
  };
  Kind kind = Kind::failed;
  std::string reason;        ///< without the path: "Permission denied"
  std::uint64_t offset = 0;  ///< where in the file reading failed

  [[nodiscard]] bool missing() const { return kind == Kind::missing; }
  /// Whether this file's own error is reported; else the folder's is, or none.
  [[nodiscard]] bool is_told_here() const { return kind != Kind::missing && kind != Kind::hidden; }
};

/// Takes a file piece by piece.
using TakePiece = std::function<void(std::string_view piece)>;

/// Reads all of a regular file of at most 256 MiB. Never waits: a FIFO or a device is an error; so
/// are a folder, UTF-16 text and compressed data. On an error `take` may have been called already.
/// Passes on what `take` throws.
tl::expected<void, FileError> read_pieces(const std::string& path, const TakePiece& take);
tl::expected<std::string, FileError> read_file(const std::string& path);

/// Tries once more to open a file that could not be read, and to read it at `offset`. Returns why
/// that fails; nothing: it can be read now.
std::optional<FileError> try_file(const std::string& path, std::uint64_t offset);

/// The names of everything in a folder, in the order of their bytes, except `.` and `..`.
tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path);

/// Where `path` leads, if it is a link, or a link to a link; else `path` itself. Links among its
/// folders stay as they are: opening the result follows them anew.
tl::expected<std::string, FileError> link_target(const std::string& path);

/// Whether editors or package managers give such names to files that must not be read: hidden,
/// `*~`, `*.bak`, `*.dpkg-old`, ...
bool is_set_aside(std::string_view name);

}  // namespace badclients::lists
