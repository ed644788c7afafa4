#include "admin/owner.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "admin/doveconf.hpp"

namespace badclients::admin {

namespace {

struct Account {
  uid_t user = 0;
  gid_t group = 0;
  std::string name;  ///< empty where the user has none
};

bool become(const Account& account) {
  const bool named = !account.name.empty();
  return (named ? initgroups(account.name.c_str(), account.group) : setgroups(0, nullptr)) == 0 &&
         setgid(account.group) == 0 && setuid(account.user) == 0;
}

tl::expected<void, std::string> become(const Account& account, const std::string& who) {
  if (become(account)) return {};
  const auto* why = std::strerror(errno);  // before the name is looked up
  return tl::unexpected(
      fmt::format("cannot become user {}, {}: {}", user_name(account.user), who, why));
}

Account account_of(const passwd& user) {
  return {user.pw_uid, user.pw_gid, user.pw_name};
}

/// Nothing: it is not there, or root's.
std::optional<Account> owner_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || status.st_uid == 0) return std::nullopt;
  const auto* user = getpwuid(status.st_uid);
  return user != nullptr ? account_of(*user) : Account{status.st_uid, status.st_gid, {}};
}

/// Nothing where nobody of that name is here, and for root.
std::optional<Account> account_of(const std::string& name) {
  const auto* user = getpwnam(name.c_str());
  return user == nullptr || user->pw_uid == 0 ? std::nullopt : std::optional{account_of(*user)};
}

std::optional<Account> account_of_dovecots_user() {
  const auto name = dovecots_user();
  return account_of(name.empty() ? "dovecot" : name);
}

/// Tried in a process of its own, as nobody comes back from being another user.
bool may_read(const Account& account, const std::string& path) {
  const auto child = fork();
  if (child == 0) _exit(become(account) && open(path.c_str(), O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace

tl::expected<void, std::string> become_owner_of(const std::string& path) {
  if (geteuid() != 0) return {};
  const auto owner = owner_of(path);
  return owner ? become(*owner, "who owns " + path) : tl::expected<void, std::string>{};
}

tl::expected<void, std::string> become_dovecots_user(const std::string& state_path,
                                                     const std::string& config_path) {
  if (geteuid() != 0) return {};
  if (owner_of(state_path)) return become_owner_of(state_path);
  const auto user = account_of_dovecots_user();
  if (!user || !may_read(*user, config_path)) return {};
  return become(*user, "as whom Dovecot runs badclients");
}

std::string dovecots_user() {
  for (const auto* service : {"badclients", "auth"}) {
    const auto name = dovecot_setting(fmt::format("service/{}/user", service));
    // "$default_internal_user", "$SET:default_internal_user"
    if (!name.empty() && name.find('$') == std::string::npos) return name;
  }
  return dovecot_setting("default_internal_user");
}

tl::expected<void, std::string> become_user(const std::string& name) {
  if (geteuid() != 0) return {};
  const auto* user = getpwnam(name.c_str());
  if (user == nullptr) return tl::unexpected(fmt::format("there is no user {}", name));
  return become(account_of(*user), "as whom Dovecot runs badclients");
}

std::string kept_from_reading(const std::string& config_path) {
  const auto user = geteuid() == 0 ? account_of_dovecots_user() : std::nullopt;
  return user && !may_read(*user, config_path) ? user->name : "";
}

std::string not_dovecots(const std::string& state_path) {
  const auto owner = owner_of(state_path);
  if (!owner) return {};
  const auto user = account_of(dovecots_user());
  return user && user->user != owner->user ? user->name : "";
}

std::string user_name(unsigned uid) {
  const auto* user = getpwuid(uid);
  return user != nullptr ? user->pw_name : fmt::format("{}", uid);
}

std::string group_name(unsigned gid) {
  const auto* group = getgrgid(gid);
  return group != nullptr ? group->gr_name : fmt::format("{}", gid);
}

}  // namespace badclients::admin
