// refusal, lines_to_change: what has to be so before a door can be set up.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "admin/setup/files.hpp"
#include "admin/setup/site.hpp"

namespace badclients::admin::setup {

namespace {

constexpr Version first_with_script_p{2, 3, 8};
constexpr Version first_without_checkpassword{2, 4, 0};

/// Whether setup has made Dovecot's file, and it is there.
bool is_ours(const Site& site) {
  return site.record.has(Entry::Kind::file, site.dovecot_file()) &&
         access(site.dovecot_file().c_str(), F_OK) == 0;
}

/// Whether Dovecot will be able to listen there: nobody does, or Dovecot itself for the policy door
/// that it had up to now. One that was told to reload closes its ports a moment later.
bool is_to_be_had(const Site& site) {
  constexpr std::chrono::seconds longest_reload{5};
  const auto until = std::chrono::steady_clock::now() + longest_reload;
  while (!site.dovecot.listens_on(site.port) && !is_free(site.port)) {
    if (!site.dovecot.is_running() || std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return true;
}

std::optional<std::string> port_refusal(const Site& site) {
  if (const auto service = service_on(site.port); !service.empty()) {
    return fmt::format(
        "Dovecot's service {} listens on port {} already; choose another port (--port)", service,
        site.port);
  }
  if (is_to_be_had(site)) return std::nullopt;
  return fmt::format(
      "another program listens on 127.0.0.1:{0}, and Dovecot would not start; choose another port "
      "(--port {1})",
      site.port, site.port + 1);
}

/// Dovecot splits the command line at blanks, and takes `%` and `$` for variables.
bool dovecot_can_be_told(const std::string& path) {
  return path.find_first_of(" \t\n\"'\\#$%{}") == std::string::npos;
}

std::optional<std::string> policy_refusal(const Site& site) {
  const auto url = site.dovecot.setting("auth_policy_server_url");
  if (!url.empty() && !is_ours(site)) {
    return fmt::format(
        "Dovecot asks another policy server already (auth_policy_server_url = {}), and knows only "
        "one",
        url);
  }
  if (has_another_door(site)) {
    return "a passdb of Dovecot's runs badclients already: each login would be looked at twice; "
           "take that passdb out, or stay with it (--door checkpassword)";
  }
  return port_refusal(site);
}

}  // namespace

std::optional<std::string> refusal(Door door, const Version& version) {
  if (door == Door::policy && version < first_with_script_p) {
    return fmt::format(
        "Dovecot {} cannot start badclients-policy: that takes 2.3.8 or later; '--door "
        "checkpassword' is for this one",
        version.str());
  }
  if (door == Door::checkpassword && version >= first_without_checkpassword) {
    return fmt::format("Dovecot {} has no checkpassword driver any more; '--door policy' is for it",
                       version.str());
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const Site& site) {
  const auto program = site.program();
  if (access(program.c_str(), X_OK) != 0) {
    return fmt::format("{}: {}; install badclients again", program, std::strerror(errno));
  }
  if (!dovecot_can_be_told(site.config_path)) {
    return fmt::format(
        "Dovecot cannot be told to run badclients with '--config {}': it takes blanks, quotes and "
        "$ % "
        "# {{ }} in a path for something else",
        site.config_path);
  }
  const auto file = site.dovecot_file();
  if (access(file.c_str(), F_OK) == 0 && !is_ours(site)) {
    return fmt::format(
        "{0} is there already, and setup has not made it: it stays as it is; to have setup "
        "make its own, remove {0}, and run setup again",
        file);
  }
  if (!site.dovecot.includes(file)) {
    return fmt::format("{} does not include {}; add a line to it: !include_try {}",
                       site.dovecot.file, file, file);
  }
  return site.door == Door::policy ? policy_refusal(site) : std::nullopt;
}

bool has_another_door(const Site& site) {
  const auto& blocks = site.dovecot.configuration.blocks;
  return !is_ours(site) && std::ranges::any_of(blocks, [](const DovecotBlock& block) {
    return block.name == "passdb" && is_badclients(block);
  });
}

std::string lines_to_change(const Dovecot& dovecot) {
  std::string lines;
  for (const auto& block : dovecot.configuration.blocks) {
    const bool checks_passwords = block.name == "passdb" && block.text("deny") != "yes" &&
                                  block.text("master") != "yes" && !is_badclients(block);
    if (!checks_passwords || block.text("result_success") == "continue-ok") continue;
    lines += fmt::format("    passdb {{\n      driver = {}\n", block.text("driver"));
    for (const auto& [name, value] : block.settings) {
      if (name == "result_success" || name == "driver") continue;
      lines += fmt::format("      {} = {}\n", name, value);
    }
    lines += "      result_success = continue-ok    # this line\n    }\n";
  }
  return lines;
}

}  // namespace badclients::admin::setup
