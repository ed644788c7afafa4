#include "base/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace badclients::base {

int open_state_file(const std::string& folder, const std::string& name) {
  const auto path = folder + "/" + name;
  constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  int file = ::open(path.c_str(), flags);
  if (file < 0 && errno == ENOENT) {
    file = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0600);
    if (file >= 0) give_to_owner_of(folder, file);
    if (file < 0 && errno == EEXIST) file = ::open(path.c_str(), flags);
  }
  return file;
}

void give_to_owner_of(const std::string& folder, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(folder.c_str(), &owner) != 0) return;
  [[maybe_unused]] const int given = fchown(file, owner.st_uid, owner.st_gid);
}

}  // namespace badclients::base
