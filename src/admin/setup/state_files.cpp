#include "admin/setup/state_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/file.hpp"

namespace badclients::admin::setup {

namespace {

constexpr std::array<std::string_view, 17> names{
    "askers.lock",     "budget.db",    "budget.db-journal", "budget.db-shm",
    "budget.db-wal",   "cache.db",     "cache.db-journal",  "cache.db-shm",
    "cache.db-wal",    "lists.failed", "lists.failed.tmp",  "lists.index",
    "lists.index.tmp", "lists.lock",   "lists.verified",    "lists.verified.tmp",
    "waiting.lock",
};

/// What the updates of lists remember: "lock", "NAME.state", ".NAME.state.new".
bool is_an_updates(std::string_view name) {
  return name == "lock" || name.ends_with(".state") ||
         (name.starts_with('.') && name.ends_with(".state.new"));
}

struct Close {
  void operator()(DIR* listing) const { closedir(listing); }
};

/// Whether there was any.
bool remove_update_folder(int state) {
  constexpr const char* name = "update";
  const auto folder = base::open_to_read(name, O_DIRECTORY | O_NOFOLLOW, state);
  if (!folder.is_open()) return false;
  const std::unique_ptr<DIR, Close> listing{fdopendir(dup(folder.number()))};
  while (const auto* entry = listing ? readdir(listing.get()) : nullptr) {
    if (is_an_updates(entry->d_name)) unlinkat(folder.number(), entry->d_name, 0);
  }
  return unlinkat(state, name, AT_REMOVEDIR) == 0;
}

/// Whether there was any.
bool remove_files(int state) {
  bool any = remove_update_folder(state);
  for (const auto name : names) any |= unlinkat(state, std::string(name).c_str(), 0) == 0;
  return any;
}

}  // namespace

int remove_state_folder(const std::string& path) {
  const auto folder = base::open_to_read(path, O_DIRECTORY | O_NOFOLLOW);
  if (!folder.is_open()) return errno;
  // A login that had begun before may put one back.
  constexpr int most_tries = 10;
  for (int tries = 1;; ++tries) {
    const bool any = remove_files(folder.number());
    if (rmdir(path.c_str()) == 0) return 0;
    const int reason = errno == EEXIST ? ENOTEMPTY : errno;
    if (reason != ENOTEMPTY || !any || tries == most_tries) return reason;
  }
}

}  // namespace badclients::admin::setup
