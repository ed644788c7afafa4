#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "admin/lint.hpp"
#include "admin/owner.hpp"
#include "config/shared_place.hpp"
#include "facts/geoip.hpp"
#include "facts/geoip_survey.hpp"
#include "network/shared/line.hpp"

namespace badclients::admin {

using Severity = config::Problem::Severity;

namespace {

struct Looked {
  bool exists = false;
  std::string trouble;  ///< why it could not be looked at; empty where it could
  struct stat status {};

  [[nodiscard]] bool folder() const { return S_ISDIR(status.st_mode); }
  [[nodiscard]] bool file() const { return S_ISREG(status.st_mode); }
  /// "owner dovecot, mode 0700"
  [[nodiscard]] std::string owner() const {
    return fmt::format("owner {}, mode {:04o}", user_name(status.st_uid), status.st_mode & 07777U);
  }
};

Looked look_at(const std::string& path) {
  Looked looked;
  looked.exists = stat(path.c_str(), &looked.status) == 0;
  if (!looked.exists) looked.trouble = std::strerror(errno);
  return looked;
}

bool may(const std::string& path, int mode) {
  return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

std::string me() {
  return user_name(geteuid());
}

std::optional<std::string> fault_of_list_path(const std::string& path) {
  const auto looked = look_at(path);
  if (!looked.exists) return std::nullopt;  // reading the lists says so
  if (!looked.folder()) return fmt::format("general/list_path: {} is not a folder", path);
  if (!may(path, R_OK | X_OK)) {
    return fmt::format("general/list_path: user {} may not read {} ({})", me(), path,
                       looked.owner());
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_state_path(const std::string& path) {
  const auto looked = look_at(path);
  if (!looked.exists) {
    return fmt::format(
        "general/state_path: {}: {}; without it nothing is remembered and every login asks the "
        "registries (try: install -d -m 0700 -o dovecot -g dovecot {})",
        path, looked.trouble, path);
  }
  if (!looked.folder()) return fmt::format("general/state_path: {} is not a folder", path);
  if (!may(path, R_OK | W_OK | X_OK)) {
    return fmt::format(
        "general/state_path: user {0} may not write to {1} ({2}); without it nothing is remembered "
        "(try: chown -R {0} {1})",
        me(), path, looked.owner());
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_helper(const config::Config::Lookup& lookup) {
  if (!lookup.reverse_dns && lookup.origin.empty() && lookup.registration.empty()) {
    return std::nullopt;  // never started
  }
  const auto looked = look_at(lookup.helper);
  if (!looked.exists) {
    return fmt::format("lookup/helper: {}: {}; without it the network is never asked",
                       lookup.helper, looked.trouble);
  }
  if (!looked.file() || !may(lookup.helper, X_OK)) {
    return fmt::format("lookup/helper: {} is no program that user {} may run ({})", lookup.helper,
                       me(), looked.owner());
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_log(const std::string& log) {
  if (!log.starts_with('/')) return std::nullopt;
  if (const auto looked = look_at(log); looked.exists) {
    if (looked.folder()) return fmt::format("general/log: {} is a folder", log);
    if (may(log, W_OK)) return std::nullopt;
    return fmt::format("general/log: user {} may not write to {} ({})", me(), log, looked.owner());
  }
  const auto folder = std::filesystem::path(log).parent_path().string();
  if (may(folder, W_OK | X_OK)) return std::nullopt;
  return fmt::format("general/log: user {} cannot make {}: {}", me(), log,
                     look_at(folder).exists ? fmt::format("{} is not writable", folder)
                                            : fmt::format("there is no {}", folder));
}

/// Someone else who may write there decides over every login, or stops the log. The sticky bit does
/// not help: who comes first makes the file.
std::optional<std::string> open_to_all(const char* key, const std::string& path) {
  const auto looked = look_at(path);
  if (!looked.exists || (looked.status.st_mode & S_IWOTH) == 0) return std::nullopt;
  return fmt::format("{}: every user of this machine may write to {} ({})", key, path,
                     looked.owner());
}

/// A password in a file that others can read is none.
std::optional<std::string> password_open_to_all(const config::Config& config,
                                                const std::string& path) {
  const auto place = config::read_shared_place(config.cache.shared);
  const auto looked = look_at(path);
  if (!place || place->password.empty() || (looked.status.st_mode & S_IROTH) == 0) {
    return std::nullopt;
  }
  return fmt::format(
      "cache/shared: every user of this machine may read its password in {0} ({1}; try: chown "
      "root:dovecot {0}; chmod 0640 {0})",
      path, looked.owner());
}

/// Asks the server whether it lets us in.
std::optional<std::string> fault_of_shared_cache(const config::Config& config) {
  using namespace std::chrono_literals;
  if (config.cache.shared.empty()) return std::nullopt;
  std::optional<std::string> fault;
  const network::Resolver resolver(network::nameservers(config.dns));
  constexpr auto patience = 2s;
  network::SharedLine line(config.cache.shared, patience, resolver,
                           [&](const std::string& text) { fault = "cache/shared: " + text; });
  line.connect_early();
  line.converse({{"PING"}}, std::chrono::steady_clock::now() + 2 * patience);
  return fault;
}

/// root has not become Dovecot's user, who may not read the configuration. Outside of /etc it may
/// be root's own, to try something out.
std::optional<std::string> fault_of_configuration(const std::string& path) {
  const auto user = path.starts_with("/etc/") ? kept_from_reading(path) : std::string();
  if (user.empty()) return std::nullopt;
  return fmt::format(
      "user {0}, as whom Dovecot runs badclients, may not read {1} ({2}; try: chown root:{0} {1}; "
      "chmod 0640 {1})",
      user, path, look_at(path).owner());
}

/// We have become its owner, so that all looks well from here.
std::optional<std::string> owner_of_state_path(const std::string& path,
                                               const std::string& config_file) {
  const auto user = config_file.starts_with("/etc/") ? not_dovecots(path) : std::string();
  if (user.empty()) return std::nullopt;
  return fmt::format(
      "general/state_path: {1} does not belong to user {0}, as whom Dovecot runs badclients ({2}; "
      "try: chown -R {0} {1})",
      user, path, look_at(path).owner());
}

/// A look-up of any address opens the databases and reads them from the root.
std::vector<std::string> faults_of_databases(const config::Config& config) {
  std::vector<std::string> faults;
  if (!config.general.enable_maxmind) return faults;
  facts::Facts facts;
  const auto& files = config.maxmind;
  facts::look_up_geo({files.geo_city, files.geo_asn, files.anonymous_ip},
                     net::Address::v4(0x01010101), facts, faults);
  return faults;
}

/// A database of one family, as some publish them, knows nothing of half of the logins.
std::vector<std::string> doubts_about_databases(const config::Config& config) {
  std::vector<std::string> doubts;
  if (!config.general.enable_maxmind) return doubts;
  const auto& files = config.maxmind;
  for (const auto& [key, path] : {std::pair{"geo_city", files.geo_city},
                                  {"geo_asn", files.geo_asn},
                                  {"anonymous_ip", files.anonymous_ip}}) {
    const auto survey = path.empty() ? std::nullopt : std::optional(facts::survey(path));
    if (!survey || !*survey || ((*survey)->v4 && (*survey)->v6)) continue;
    const auto* missing = (*survey)->v4 ? "IPv6" : (*survey)->v6 ? "IPv4" : "IPv4 and no IPv6";
    doubts.push_back(fmt::format("maxmind/{}: {} has no {} address", key, path, missing));
  }
  return doubts;
}

}  // namespace

Problems check_surroundings(const config::Config& config, const std::string& config_file) {
  Problems problems;
  const auto add = [&](Severity severity, const std::optional<std::string>& fault) {
    if (fault) problems.push_back({severity, config_file, 0, *fault});
  };
  const auto& general = config.general;
  add(Severity::error, fault_of_configuration(config_file));
  add(Severity::error, fault_of_list_path(general.list_path));
  add(Severity::error, fault_of_state_path(general.state_path));
  add(Severity::error, fault_of_log(general.log));
  add(Severity::error, fault_of_helper(config.lookup));
  for (const auto& fault : faults_of_databases(config)) add(Severity::error, fault);
  add(Severity::error, fault_of_shared_cache(config));
  add(Severity::warning, owner_of_state_path(general.state_path, config_file));
  for (const auto& doubt : doubts_about_databases(config)) add(Severity::warning, doubt);
  add(Severity::warning, open_to_all("general/list_path", general.list_path));
  add(Severity::warning, open_to_all("general/state_path", general.state_path));
  add(Severity::warning, open_to_all("the configuration", config_file));
  add(Severity::warning, password_open_to_all(config, config_file));
  return problems;
}

}  // namespace badclients::admin
