#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace badclients::base {

/// What badclients keeps in state_path, apart from the folder of `badclientsctl update`.
inline constexpr std::array<std::string_view, 17> state_files{
    "askers.lock", "budget.db",      "cache.db",      "lists.failed",     "lists.index",
    "lists.lock",  "lists.verified", "metrics",       "metrics.lock",     "notified",
    "notify.lock", "registry.db",    "registry.lock", "registry.scratch", "report.key",
    "report.seen", "waiting.lock",
};

/// The name of one of them. Another name does not compile: what looks after the folder knows all.
class StateFile {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): so that a call reads as with any other name
  consteval StateFile(const char* name) : name_(name) {
    if (std::ranges::find(state_files, name) == state_files.end()) throw "is not in state_files";
  }
  [[nodiscard]] constexpr const char* c_str() const { return name_; }

 private:
  const char* name_;
};

/// Whether `path` is "FOLDER/NAME". A login asks it of each file that it has open.
bool is_path_of(std::string_view path, std::string_view folder, StateFile name);

/// Whether a file of that name is one of them, or belongs to one: to a database ("cache.db-wal"),
/// or to what is written anew ("lists.index.tmp", ".metrics.new").
bool is_state_file(std::string_view name);

/// Opens `folder`/`name` for reading and writing, and makes it with mode 0600 where there is none.
/// root's badclientsctl may be the first: a file that root makes belongs to the folder's owner, so
/// that Dovecot's user can use it; one that root made before the folder was given away is replaced.
/// Never follows a symbolic link, never waits. Not open: errno says why.
Descriptor open_state_file(const std::string& folder, StateFile name);

/// Takes away a file of another user's that we cannot use, where the folder is ours: what root made
/// before it gave the folder to us must not be in the way. True: it is gone.
bool remove_foreign_file(const std::string& folder, const std::string& name);

}  // namespace badclients::base
