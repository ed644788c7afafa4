#include "admin/setup/state_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/state_file.hpp"

namespace badclients::admin::setup {

namespace fs = std::filesystem;

namespace {

constexpr const char* update_folder = "update";

/// What the updates of lists remember: "lock", "NAME.state", ".NAME.state.new".
bool is_an_updates(std::string_view name) {
  return name == "lock" || name.ends_with(".state") ||
         (name.starts_with('.') && name.ends_with(".state.new"));
}

struct Close {
  void operator()(DIR* listing) const { closedir(listing); }
};

/// Those of the folder `name` in `above` that are ours. Whether there was any.
bool remove_files(int above, const char* name, bool (*is_ours)(std::string_view name)) {
  const auto folder = base::open_to_read(name, O_DIRECTORY | O_NOFOLLOW, above);
  if (!folder.is_open()) return false;
  bool any = false;
  const std::unique_ptr<DIR, Close> listing{fdopendir(dup(folder.number()))};
  while (const auto* entry = listing ? readdir(listing.get()) : nullptr) {
    if (is_ours(entry->d_name)) any |= unlinkat(folder.number(), entry->d_name, 0) == 0;
  }
  return any;
}

/// Whether there was any.
bool remove_all(int state) {
  bool any = remove_files(state, update_folder, is_an_updates);
  any |= unlinkat(state, update_folder, AT_REMOVEDIR) == 0;
  any |= remove_files(state, ".", base::is_state_file);
  return any;
}

}  // namespace

int remove_state_folder(const std::string& path) {
  const auto folder = base::open_to_read(path, O_DIRECTORY | O_NOFOLLOW);
  if (!folder.is_open()) return errno;
  // A login that had begun before may put one back.
  constexpr int most_tries = 10;
  for (int tries = 1;; ++tries) {
    const bool any = remove_all(folder.number());
    if (rmdir(path.c_str()) == 0) return 0;
    const int reason = errno == EEXIST ? ENOTEMPTY : errno;
    if (reason != ENOTEMPTY || !any || tries == most_tries) return reason;
  }
}

bool goes_with_state_folder(const std::string& path) {
  const auto name_of = [](const fs::path& file) { return file.filename().string(); };
  std::error_code none;
  if (!fs::is_directory(fs::symlink_status(path, none))) return base::is_state_file(name_of(path));
  const fs::directory_iterator inside(path, none);
  return name_of(path) == update_folder && std::all_of(begin(inside), end(inside), [&](auto& each) {
           return is_an_updates(name_of(each.path()));
         });
}

}  // namespace badclients::admin::setup
