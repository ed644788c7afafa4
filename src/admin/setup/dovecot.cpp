#include "admin/setup/dovecot.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>

#include "admin/owner.hpp"
#include "admin/setup/secret.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::setup {

namespace {

constexpr std::size_t most_configuration = std::size_t{16} * 1024 * 1024;
constexpr std::size_t most_sockets = std::size_t{256} * 1024 * 1024;

/// What a program complained of: its last line, without "doveconf: Fatal: ".
std::string complaint(const Said& said) {
  auto text = base::trimmed(said.errors, " \n");
  text = text.substr(text.rfind('\n') + 1);
  for (const std::string_view mark : {"Fatal: ", "Error: "}) {
    const auto at = text.find(mark);
    if (at != std::string_view::npos) text.remove_prefix(at + mark.size());
  }
  return text.empty() ? fmt::format("exit code {}", said.code) : std::string(text);
}

/// "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf"
std::string file_in_head(std::string_view output) {
  const auto line = output.substr(0, output.find('\n'));
  const auto at = line.find("): ");
  return at == std::string_view::npos ? "" : std::string(base::trimmed(line.substr(at + 3)));
}

/// The name of the service `block`; empty where it is no service.
std::string service_of(const DovecotBlock& block) {
  constexpr std::string_view kind = "service ";
  return block.name.starts_with(kind) ? block.name.substr(kind.size()) : "";
}

bool listens(const DovecotBlock& service, const std::string& port) {
  return std::ranges::any_of(service.blocks, [&](const DovecotBlock& block) {
    return block.name.starts_with("inet_listener ") && block.text("port") == port;
  });
}

/// The listening TCP sockets at that port of the host, as links of /proc/PID/fd name them.
std::set<std::string> listening_sockets(unsigned port) {
  std::set<std::string> sockets;
  const auto end = fmt::format(":{:04X}", port);
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto text = base::read_regular(table, most_sockets).value_or("");
    for (std::string_view rest = text; !rest.empty();) {
      // "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode"
      const auto fields = base::words(base::cut(rest, '\n'));
      constexpr std::size_t local = 1, state = 3, inode = 9;
      if (fields.size() > inode && fields[local].ends_with(end) && fields[state] == "0A") {
        sockets.insert(fmt::format("socket:[{}]", fields[inode]));
      }
    }
  }
  return sockets;
}

Login ask_for_unknown_user(base::Deadline deadline) {
  constexpr int accepted = 0, refused = 77;  // EX_NOPERM
  // Dovecot answers more slowly after each failure, unless it is told that this is no guessing.
  const auto said = ask_program("doveadm",
                                {"auth", "test", "-x", "service=imap", "-x", "no-penalty",
                                 "badclients-setup-" + random_hex(4), random_hex(8)},
                                deadline);
  if (!said) return Login::failed;
  return said->code == accepted  ? Login::accepted
         : said->code == refused ? Login::refused
                                 : Login::failed;
}

}  // namespace

std::string Version::str() const {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

std::optional<Version> read_version(std::string_view text) {
  Version version;
  for (auto* part : {&version.major, &version.minor, &version.patch}) {
    if (part != &version.major) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto number = base::take_number<unsigned>(text);
    if (!number) return std::nullopt;
    *part = *number;
  }
  return version;
}

tl::expected<Version, std::string> installed_version() {
  if (find_program("dovecot").empty()) {
    return tl::unexpected(std::string("there is no Dovecot here"));
  }
  const auto said = ask_program("dovecot", {"--version"});
  if (!said) return tl::unexpected(said.error());
  if (const auto version = read_version(said->output)) return *version;
  return tl::unexpected(fmt::format("'dovecot --version' says '{}', which is no version",
                                    base::trimmed(said->output, " \n")));
}

std::string Dovecot::folder() const {
  return file.substr(0, file.rfind('/'));
}

std::string Dovecot::setting(const std::string& path) const {
  const auto all = settings_by_path(configuration);
  const auto found = all.find(path);
  return found == all.end() ? "" : found->second;
}

bool Dovecot::includes(const std::string& path) const {
  const auto text = base::read_regular(file, most_configuration).value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const auto words = base::words(base::cut(rest, '\n'));
    if (words.size() < 2 || (words[0] != "!include" && words[0] != "!include_try")) continue;
    std::string pattern(words[1]);
    if (!pattern.starts_with('/')) pattern = folder() + "/" + pattern;
    if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) return true;
  }
  return false;
}

pid_t Dovecot::master() const {
  constexpr std::size_t most_digits = 64;
  const auto text = base::read_regular(base_dir + "/master.pid", most_digits).value_or("");
  const auto master = base::number<pid_t>(base::trimmed(text, " \n")).value_or(0);
  return master > 1 && kill(master, 0) == 0 ? master : 0;
}

bool Dovecot::is_running() const {
  return master() != 0;
}

bool Dovecot::listens_on(unsigned port) const {
  const auto sockets = listening_sockets(port);
  std::error_code error;
  std::filesystem::directory_iterator open(fmt::format("/proc/{}/fd", master()), error);
  return std::any_of(begin(open), end(open), [&](const auto& descriptor) {
    return sockets.contains(std::filesystem::read_symlink(descriptor, error).string());
  });
}

bool Dovecot::asks_badclients() const {
  return !door_services(configuration).empty();
}

std::string service_on(unsigned port) {
  const auto said = ask_program("doveconf", {"service"});
  if (!said || said->code != 0) return {};
  const auto all = read_dovecot_block(said->output);
  const auto found = std::ranges::find_if(all.blocks, [&](const DovecotBlock& block) {
    return block.name != "service badclients" && listens(block, fmt::format("{}", port));
  });
  return found == all.blocks.end() ? "" : service_of(*found);
}

tl::expected<Dovecot, std::string> read_dovecot() {
  const auto said = ask_program("doveconf", {"-n"});
  if (!said) return tl::unexpected(said.error());
  if (said->code != 0) return tl::unexpected(complaint(*said));
  Dovecot dovecot{file_in_head(said->output), read_dovecot_block(said->output), dovecots_user(),
                  dovecot_setting("base_dir")};
  if (!dovecot.file.starts_with('/')) {
    return tl::unexpected(std::string("'doveconf -n' does not say which file it has read"));
  }
  return dovecot;
}

std::string overruled(std::string_view text, const Dovecot& dovecot) {
  const auto effective = settings_by_path(dovecot.configuration);
  std::string names;
  for (const auto& [path, value] : settings_by_path(read_dovecot_block(text))) {
    const auto found = effective.find(path);
    const auto is = found == effective.end() ? "" : found->second;
    // 2.3 does not show what has its default, and neither shows secrets.
    const bool is_default = found == effective.end() && path == "auth_policy_check_after_auth";
    if (is == value || is_default || is.starts_with("# hidden")) continue;
    names += (names.empty() ? "" : ", ") + path;
  }
  return names;
}

tl::expected<void, std::string> reload() {
  const auto said = ask_program("doveadm", {"reload"});
  if (!said) return tl::unexpected(said.error());
  if (said->code != 0) return tl::unexpected(complaint(*said));
  return {};
}

Login try_unknown_user() {
  using namespace std::chrono_literals;
  const auto until = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    const auto answer = ask_for_unknown_user(until);
    if (answer != Login::failed || std::chrono::steady_clock::now() >= until) return answer;
    std::this_thread::sleep_for(200ms);
  }
}

}  // namespace badclients::admin::setup
