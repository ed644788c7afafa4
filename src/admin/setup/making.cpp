// Setup::make_all: the files and folders, in the order in which Dovecot can use them.

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "admin/setup/secret.hpp"
#include "admin/setup/work.hpp"
#include "admin/terminal.hpp"
#include "base/text.hpp"

namespace badclients::admin::setup {

namespace fs = std::filesystem;

namespace {

/// The user as whom Dovecot runs what we make files for.
tl::expected<std::pair<uid_t, gid_t>, std::string> account(const std::string& name) {
  const auto* user = getpwnam(name.c_str());
  if (user == nullptr) return tl::unexpected(fmt::format("there is no user {}", name));
  return std::pair{user->pw_uid, user->pw_gid};
}

}  // namespace

void Setup::tell(const std::string& path, Found found) {
  const bool made = found == Found::missing || found == Found::older;
  changed_ |= made;
  site_.say(found == Found::missing   ? site_.pretend ? "would make" : "made"
            : found == Found::older   ? site_.pretend ? "would renew" : "renewed"
            : found == Found::changed ? "changed"
                                      : "there",
            path, found == Found::changed ? "not by setup; it stays as it is" : "");
}

Done Setup::make(const Wanted& wanted, std::optional<Entry::Kind> kind) {
  const auto found = kind ? files_.folder(wanted, *kind) : files_.file(wanted);
  if (!found) return cannot(found.error());
  tell(wanted.path, *found);
  return {};
}

Done Setup::make_all() {
  auto done = make_folders_and_lists();
  if (done) done = make_config_and_secret();
  if (done) done = make_dovecot_file();
  return done;
}

Done Setup::make_folders_and_lists() {
  const auto user = account(site_.dovecot.user);
  if (!user) return cannot(user.error());
  const auto& general = site_.config.general;
  auto done = make({general.state_path, "", 0700, user->first, user->second}, Entry::Kind::state);
  if (done) done = make({general.list_path, "", 0755}, Entry::Kind::folder);
  return done ? make_lists() : done;
}

Done Setup::make_lists() {
  const auto& folder = site_.config.general.list_path;
  struct stat status {};
  if (stat(folder.c_str(), &status) == 0 && status.st_uid != 0) {
    site_.say("there", folder, "it is not root's: templates of lists are not copied into it");
    return {};
  }
  const fs::path templates = list_templates();
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(templates)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::size_t made = 0;
  for (const auto& path : paths) {
    const auto target = folder + "/" + path.lexically_relative(templates).string();
    if (fs::is_directory(path)) {
      const auto found = files_.folder({target, "", 0755});
      if (!found) return cannot(found.error());
      continue;
    }
    const auto text = read_file(path);
    if (!text) return cannot(text.error());
    const auto found = files_.file({target, text->value_or("")});
    if (!found) return cannot(found.error());
    if (*found == Found::missing || *found == Found::older) ++made;
  }
  changed_ |= made != 0;
  if (made != 0) {
    site_.say(site_.pretend ? "would make" : "made", folder,
              counted(made, "list", "lists") + ", without entries");
  }
  return {};
}

Done Setup::make_config_and_secret() {
  auto done = make_config();
  if (done && site_.door == Door::policy) done = make_secret();
  return done;
}

/// What was made once is the administrator's, and not renewed; unless he has left it as it was
/// made, and the policy door needs its secret now.
Done Setup::make_config() {
  const auto text = config_text(site_);
  if (!text) return cannot(text.error());
  const auto there = read_file(site_.config_path);
  if (!there) return cannot(there.error());
  const auto& path = site_.config_path;
  const bool lacks_secret = site_.door == Door::policy && site_.config.policy.secret_file.empty();
  const bool is_new = !*there || (lacks_secret && site_.record.is_as_made(path, **there));
  if (const auto done = make({path, is_new ? *text : **there}); !done) return done;
  if (lacks_secret && !is_new) {
    site_.left_to_do = fmt::format(
        "Until {} has these lines, any user of this machine can ask badclients-policy:\n\n"
        "    [policy]\n    secret_file = {}\n\nThen run 'badclientsctl setup' again.\n",
        path, site_.secret_file());
  }
  return {};
}

Done Setup::make_secret() {
  const auto user = account(site_.dovecot.user);
  if (!user) return cannot(user.error());
  const auto there = read_file(site_.secret_file());
  if (!there) return cannot(there.error());
  const auto kept = there->value_or("");
  secret_ = base::trimmed(kept, " \n");
  if (secret_.empty()) secret_ = random_hex(secret_bytes);
  auto done =
      make({site_.secret_file(), *there ? kept : secret_ + "\n", 0600, user->first, user->second});
  if (!done) return done;
  return make({site_.header_file(),
               "# Dovecot's half of the secret: badclients-policy has it in " +
                   site_.secret_file() +
                   ".\nauth_policy_server_api_header = X-Badclients: " + secret_ + "\n",
               0600});
}

/// Where there is no conf.d.
Done Setup::make_folder_of(const std::string& file) {
  const auto folder = fs::path(file).parent_path().string();
  std::error_code unseen;
  if (fs::is_directory(folder, unseen)) return {};
  return make({folder, "", 0755}, Entry::Kind::folder);
}

Done Setup::make_dovecot_file() {
  const auto path = site_.dovecot_file();
  if (site_.door == Door::checkpassword) {
    if (has_another_door(site_)) {
      site_.say("there", "", "a passdb of Dovecot's that runs badclients already");
      waits_ = true;
      return {};
    }
    if (const auto lines = lines_to_change(site_.dovecot); !lines.empty()) {
      waits_ = true;
      site_.left_to_do = fmt::format(
          "Before it asks badclients, Dovecot has to go on behind the passdb that checks the "
          "password. That\nis in a file of yours ('grep -rn passdb {}' finds it):\n\n{}\nThen run "
          "'badclientsctl setup --door checkpassword' again.\n",
          site_.dovecot.folder(), lines);
      return {};
    }
  }
  const auto there = read_file(path);
  if (!there) return cannot(there.error());
  auto nonce = *there ? read_dovecot_block(**there).text("auth_policy_hash_nonce") : "";
  constexpr std::size_t nonce_bytes = 16;
  if (nonce.empty()) nonce = random_hex(nonce_bytes);
  const auto text = dovecot_text(site_, nonce);
  if (!text) return cannot(text.error());
  if (const auto done = make_folder_of(path); !done) return done;
  text_ =
      *there && site_.record.has(Entry::Kind::file, path) && !site_.record.is_as_made(path, **there)
          ? **there
          : *text;
  return make({path, *text});
}

}  // namespace badclients::admin::setup
