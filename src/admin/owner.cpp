#include "admin/owner.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace badclients::admin {

tl::expected<void, std::string> become_owner_of(const std::string& path) {
  struct stat status {};
  if (geteuid() != 0 || stat(path.c_str(), &status) != 0 || status.st_uid == 0) return {};

  const auto* user = getpwuid(status.st_uid);
  const auto group = user != nullptr ? user->pw_gid : status.st_gid;
  const bool done =
      (user != nullptr ? initgroups(user->pw_name, group) : setgroups(0, nullptr)) == 0 &&
      setgid(group) == 0 && setuid(status.st_uid) == 0;
  if (!done) {
    return tl::unexpected(fmt::format("cannot become user {}, who owns {}: {}",
                                      user_name(status.st_uid), path, std::strerror(errno)));
  }
  return {};
}

std::string user_name(unsigned uid) {
  const auto* user = getpwuid(uid);
  return user != nullptr ? user->pw_name : fmt::format("{}", uid);
}

}  // namespace badclients::admin
