#include "base/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/whole_file.hpp"

namespace badclients::base {

namespace {

/// Does nothing for anybody but root. Where it fails, root alone uses the file, and others are told
/// when they cannot open it.
void give_to_owner_of(const std::string& folder, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(folder.c_str(), &owner) != 0) return;
  [[maybe_unused]] const int given = fchown(file, owner.st_uid, owner.st_gid);
}

}  // namespace

bool is_path_of(std::string_view path, std::string_view folder, StateFile name) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/' &&
         path.substr(folder.size() + 1) == name.c_str();
}

bool is_state_file(std::string_view name) {
  constexpr std::array<std::string_view, 5> ends{"", ".tmp", "-wal", "-shm", "-journal"};
  return std::ranges::any_of(state_files, [&](std::string_view known) {
    const std::string file{known};
    const auto is_with = [&](std::string_view end) { return name == file + std::string(end); };
    return name == unfinished(file) || std::ranges::any_of(ends, is_with);
  });
}

Descriptor open_state_file(const std::string& folder, StateFile name) {
  const auto path = folder + "/" + name.c_str();
  constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  Descriptor file{::open(path.c_str(), flags)};
  if (!file.is_open() && errno == EACCES && remove_foreign_file(folder, name.c_str()))
    errno = ENOENT;
  if (!file.is_open() && errno == ENOENT) {
    file = Descriptor{::open(path.c_str(), flags | O_CREAT | O_EXCL, 0600)};
    if (file.is_open()) give_to_owner_of(folder, file.number());
    if (!file.is_open() && errno == EEXIST) file = Descriptor{::open(path.c_str(), flags)};
  }
  return file;
}

bool remove_foreign_file(const std::string& folder, const std::string& name) {
  const auto path = folder + "/" + name;
  struct stat around {
  }, file{};
  const bool foreign = geteuid() != 0 && stat(folder.c_str(), &around) == 0 &&
                       around.st_uid == geteuid() && lstat(path.c_str(), &file) == 0 &&
                       file.st_uid != geteuid() && S_ISREG(file.st_mode);
  if (!foreign || faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0) return false;
  return unlink(path.c_str()) == 0;
}

}  // namespace badclients::base
