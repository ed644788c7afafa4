#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "base/state_file.hpp"

/// Files that are read and written as a whole, by root in folders that are not root's, too.
namespace badclients::base {

/// Whether it is the caller's, and nobody else may write to it.
bool is_own(int descriptor);

/// The text of a regular file, for whose writer nobody waits. Error: the reason, in words: it is no
/// regular file, cannot be read, or has more than `most` bytes.
tl::expected<std::string, std::string> read_regular(const Descriptor& file, std::size_t most);
tl::expected<std::string, std::string> read_regular(const std::string& path, std::size_t most);

struct NewFile {
  std::string name;  ///< in its folder
  std::string_view text;
  mode_t mode = 0644;                              ///< whatever the umask is
  std::optional<std::pair<uid_t, gid_t>> owner{};  ///< nothing: the caller
  /// To disk; else a power failure may leave a part of it, or nothing, under its name.
  bool is_flushed = true;
};

/// ".NAME.new", the name that a file has while it is written. One that a crashed writer has left is
/// removed by the next.
std::string unfinished(const std::string& name);

enum class Put {
  replacing,  ///< over the one that is there
  missing,    ///< only where there is none
};

/// Writes a file of the open `folder`: readers see the old one or the new one whole, also after a
/// crash. One writer at a time. False: errno says why, and what was there stays as it is.
bool put_file(int folder, const NewFile& file, Put how);

/// What a file of state_path holds; nothing: there is no such file. Makes none, and follows no
/// symbolic link. Error: "PATH: why", also where it has more than `most` bytes.
tl::expected<std::optional<std::string>, std::string> read_state_file(const std::string& folder,
                                                                      StateFile name,
                                                                      std::size_t most);

/// put_file() in the folder that state_path names, over the one that is there, with mode 0600. Root
/// makes it the folder owner's.
bool put_state_file(const std::string& folder, StateFile name, std::string_view text);

}  // namespace badclients::base
