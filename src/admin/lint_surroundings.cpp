// check_surroundings, check_open_files: what the configuration names outside of itself, and who may
// read and write it.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "admin/lint.hpp"
#include "admin/owner.hpp"
#include "authpolicy/secret.hpp"
#include "cache/redis/shared_cache.hpp"
#include "config/effective.hpp"
#include "config/shared_place.hpp"
#include "facts/geoip.hpp"
#include "facts/geoip_survey.hpp"
#include "network/transport/dns.hpp"

namespace badclients::admin {

namespace {

/// What lies at a path, and what the caller may do to it.
class Place {
 public:
  explicit Place(const std::string& path) : path_(path) {
    if (stat(path.c_str(), &status_) != 0) trouble_ = std::strerror(errno);
  }
  [[nodiscard]] bool exists() const { return trouble_.empty(); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] bool is_folder() const { return exists() && S_ISDIR(status_.st_mode); }
  [[nodiscard]] bool is_file() const { return exists() && S_ISREG(status_.st_mode); }
  [[nodiscard]] bool may(int mode) const {
    return faccessat(AT_FDCWD, path_.c_str(), mode, AT_EACCESS) == 0;
  }
  /// Whether everybody has one of these rights.
  [[nodiscard]] bool lets_all(unsigned rights) const {
    return exists() && (status_.st_mode & rights) != 0;
  }
  /// "owner dovecot, mode 0700"
  [[nodiscard]] std::string owner() const {
    return fmt::format("owner {}, mode {:04o}", user_name(status_.st_uid),
                       status_.st_mode & 07777U);
  }

 private:
  std::string path_, trouble_;
  struct stat status_ {};
};

std::string me() {
  return user_name(geteuid());
}

void error(Lint& lint, std::string text) {
  lint.say(Severity::error, std::move(text));
}

void warn(Lint& lint, std::string text) {
  lint.say(Severity::warning, std::move(text));
}

void check_list_path(Lint& lint) {
  const auto& path = lint.config.general.list_path;
  const Place place(path);
  if (!place.exists()) return;  // reading the lists says so
  if (!place.is_folder()) {
    error(lint, fmt::format("general/list_path: {} is not a folder", path));
  } else if (!place.may(R_OK | X_OK)) {
    error(lint,
          fmt::format("general/list_path: user {0} may not read {1} ({2}) (try: chmod 0755 {1})",
                      me(), path, place.owner()));
  }
}

void check_state_path(Lint& lint) {
  const auto& path = lint.config.general.state_path;
  const Place place(path);
  if (!place.exists()) {
    error(lint, fmt::format("general/state_path: {}: {}; without it nothing is remembered and "
                            "every login asks the registries (try: install -d -m 0700 -o dovecot "
                            "-g dovecot {})",
                            path, place.trouble(), path));
  } else if (!place.is_folder()) {
    error(lint, fmt::format("general/state_path: {} is not a folder", path));
  } else if (!place.may(R_OK | W_OK | X_OK)) {
    error(lint, fmt::format("general/state_path: user {0} may not write to {1} ({2}); without it "
                            "nothing is remembered (try: chown -R {0} {1})",
                            me(), path, place.owner()));
  }
}

void check_log(Lint& lint) {
  const auto& log = lint.config.general.log;
  const Place place(log);
  const auto folder = std::filesystem::path(log).parent_path().string();
  const Place above(folder);
  if (!log.starts_with('/')) return;
  if (place.is_folder()) {
    error(lint, fmt::format("general/log: {} is a folder", log));
  } else if (place.exists() && !place.may(W_OK)) {
    error(lint,
          fmt::format("general/log: user {} may not write to {} ({})", me(), log, place.owner()));
  } else if (!place.exists() && !above.may(W_OK | X_OK)) {
    error(lint, fmt::format("general/log: user {} cannot make {}: {}", me(), log,
                            above.exists() ? fmt::format("{} is not writable", folder)
                                           : fmt::format("there is no {}", folder)));
  }
}

void check_helper(Lint& lint) {
  const auto& lookup = lint.config.lookup;
  if (!lookup.reverse_dns && config::live(lookup.origin).empty() &&
      config::live(lookup.registration).empty()) {
    return;  // never started
  }
  const Place place(lookup.helper);
  if (!place.exists()) {
    error(lint, fmt::format("lookup/helper: {}: {}; without it the network is never asked",
                            lookup.helper, place.trouble()));
  } else if (!place.is_file() || !place.may(X_OK)) {
    error(lint, fmt::format("lookup/helper: {} is no program that user {} may run ({})",
                            lookup.helper, me(), place.owner()));
  }
}

/// Asks the server whether it lets us in.
void check_shared_cache(Lint& lint) {
  using namespace std::chrono_literals;
  if (lint.config.cache.shared.empty()) return;
  std::string fault;
  const network::Resolver resolver(network::nameservers(lint.config.dns));
  constexpr auto patience = 2s;
  cache::SharedCache cache(lint.config.cache.shared, patience,
                           std::bind_front(&network::Resolver::addresses, &resolver),
                           [&](const std::string& text) { fault = text; });
  cache.connect_early();
  cache.converse({{"PING"}}, std::chrono::steady_clock::now() + 2 * patience);
  if (!fault.empty()) error(lint, "cache/shared: " + fault);
}

/// The line that sets it; 0: none, or the file is another now.
unsigned line_of_setting(const Lint& lint, std::string_view section, std::string_view name) {
  const auto all = config::load_effective(lint.config_file);
  if (!all) return 0;
  const auto found = std::ranges::find_if(*all, [&](const config::Effective& one) {
    return one.section == section && one.name == name;
  });
  return found == all->end() ? 0 : found->line;
}

void check_secret(Lint& lint) {
  constexpr std::string_view example_secret = "CHANGE-ME";
  const auto& file = lint.config.policy.secret_file;
  if (file.empty()) return;
  const auto secret = authpolicy::read_secret(file);
  std::string fault;
  if (!secret) {
    const Place place(file);
    fault = secret.error();
    if (!place.exists()) {
      fault +=
          " (try: badclientsctl setup makes it; if Dovecot does not use the policy door, take this "
          "line out)";
    } else if (!place.may(R_OK)) {
      fault += fmt::format(" (try: chown {0} {1}; chmod 0600 {1})", me(), file);
    }
  } else if (*secret == example_secret) {
    fault = fmt::format(
        "policy/secret_file: {0} holds {1}, the text of the example, which everybody knows (try: "
        "openssl rand -hex 32 >{0}, and write the new text behind 'X-Badclients: ' in Dovecot's "
        "file)",
        file, example_secret);
  }
  if (fault.empty()) return;
  const auto line = line_of_setting(lint, "policy", "secret_file");
  lint.problems.push_back({Severity::error, lint.config_file, line, std::move(fault)});
}

/// A look-up of any address opens the databases and reads them from the root. A database of one
/// family, as some publish them, knows nothing of half of the logins.
void check_databases(Lint& lint) {
  if (!lint.config.general.enable_maxmind) return;
  const auto& files = lint.config.maxmind;
  facts::GeoFiles mapped;
  facts::Facts facts;
  std::vector<std::string> faults;
  facts::look_up_geo({files.geo_city, files.geo_asn, files.anonymous_ip},
                     net::Address::v4(0x01010101), mapped, facts, faults);
  for (auto& fault : faults) error(lint, std::move(fault));
  for (const auto& [key, path] : {std::pair{"geo_city", files.geo_city},
                                  {"geo_asn", files.geo_asn},
                                  {"anonymous_ip", files.anonymous_ip}}) {
    if (path.empty()) continue;
    const auto survey = facts::survey(path);
    if (!survey || (survey->v4 && survey->v6)) continue;
    const auto* missing = survey->v4 ? "IPv6" : survey->v6 ? "IPv4" : "IPv4 and no IPv6";
    warn(lint, fmt::format("maxmind/{}: {} has no {} address", key, path, missing));
  }
}

/// root has become Dovecot's user, unless that one may not read the configuration; or the owner of
/// the state folder, so that all looks well from here. Outside of /etc either may be root's own, to
/// try something out.
void check_users(Lint& lint) {
  const auto& file = lint.config_file;
  if (!file.starts_with("/etc/")) return;
  if (const auto user = kept_from_reading(file); !user.empty()) {
    error(lint, fmt::format("user {0}, as whom Dovecot runs badclients, may not read {1} ({2}) "
                            "(try: chown root:{0} {1}; chmod 0640 {1})",
                            user, file, Place(file).owner()));
  }
  const auto& state = lint.config.general.state_path;
  if (const auto user = not_dovecots(state); !user.empty()) {
    warn(lint, fmt::format("general/state_path: {1} does not belong to user {0}, as whom Dovecot "
                           "runs badclients ({2}) (try: chown -R {0} {1})",
                           user, state, Place(state).owner()));
  }
}

/// Someone else who may write there decides over every login, or stops the log. The sticky bit does
/// not help: who comes first makes the file. A password that others can read is none.
void check_open_places(Lint& lint) {
  const auto& file = lint.config_file;
  const auto& general = lint.config.general;
  for (const auto& [key, path] : {std::pair{"general/list_path", general.list_path},
                                  {"general/state_path", general.state_path},
                                  {"the configuration", file}}) {
    const Place place(path);
    if (!place.lets_all(S_IWOTH)) continue;
    warn(lint, fmt::format("{}: every user of this machine may write to {} ({})", key, path,
                           place.owner()));
  }
  const auto shared = config::read_shared_place(lint.config.cache.shared);
  const Place place(file);
  if (!shared || shared->password.empty() || !place.lets_all(S_IROTH)) return;
  warn(lint, fmt::format("cache/shared: every user of this machine may read its password in {0} "
                         "({1}) (try: chown root:dovecot {0}; chmod 0640 {0})",
                         file, place.owner()));
}

}  // namespace

std::string hint_at_rights(const config::Problem& problem, bool holds_passwords) {
  if (problem.severity != Severity::error || problem.line != 0) return {};
  const auto& path = problem.file;
  const Place place(path);
  if (place.may(R_OK) || errno != EACCES) return {};
  auto hint = ", by user " + me();
  if (place.exists() && holds_passwords) {
    hint += fmt::format(" (try: chown root:{0} {1}; chmod 0640 {1})", group_name(getegid()), path);
  } else if (place.exists()) {
    hint += fmt::format(" (try: chmod {} {})", place.is_folder() ? "0755" : "0644", path);
  }
  return hint;
}

void check_open_files(Lint& lint) {
  for (const auto& file : lint.book.files) {
    const auto path = lint.path(file);
    if (!Place(path).lets_all(S_IWOTH)) continue;
    lint.problems.push_back(
        {Severity::warning, path, 0,
         fmt::format("every user of this machine may write to it (try: chmod 0644 {})", path)});
  }
}

void check_surroundings(Lint& lint) {
  check_users(lint);
  check_list_path(lint);
  check_state_path(lint);
  check_log(lint);
  check_helper(lint);
  check_databases(lint);
  check_shared_cache(lint);
  check_secret(lint);
  check_open_places(lint);
}

}  // namespace badclients::admin
