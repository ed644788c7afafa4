// door_checks, live_checks: which doors there are, and what Dovecot does as it runs.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "admin/doctor/host.hpp"
#include "admin/setup/secret.hpp"
#include "authpolicy/secret.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view run_setup = "run badclientsctl setup";

/// Whether Dovecot would ask badclients-policy at all.
bool has_policy_door(const Host& host) {
  return host.door_service().has_value();
}

std::string other_checkpassword(const Host& host) {
  for (const auto& passdb : host.passdbs()) {
    if (driver_of(passdb) == "checkpassword") return passdb.text("args");
  }
  return {};
}

/// Dovecot asks badclients, by one door, and one that it has.
Outcome door(const Host& host) {
  Outcome outcome;
  const bool policy = has_policy_door(host);
  const bool passdb = host.door_passdb().has_value();
  const auto url = host.setting("auth_policy_server_url");
  if (host.is_new() && (passdb || !other_checkpassword(host).empty() ||
                        std::ranges::any_of(host.passdbs(), [](const auto& block) {
                          return driver_of(block) == "checkpassword";
                        }))) {
    outcome.fail(fmt::format("a passdb has the driver checkpassword, which Dovecot {} has not: "
                             "nobody can log in",
                             host.version.str()),
                 "take that passdb out, and run badclientsctl setup");
  } else if (!policy && !passdb) {
    const auto program = other_checkpassword(host);
    const auto instead = !program.empty()
                             ? fmt::format("; its checkpassword passdb runs {}", program)
                         : !url.empty() ? fmt::format("; it asks {}", url)
                                        : "";
    outcome.fail("Dovecot does not ask badclients" + instead, std::string(run_setup));
  } else if (policy && passdb) {
    outcome.warn(
        "Dovecot asks badclients twice about each login, by checkpassword and by the "
        "policy door",
        "take the passdb of badclients out");
  }
  outcome.good = fmt::format("Dovecot {} asks badclients by {}", host.version.str(),
                             policy ? "the policy door" : "checkpassword");
  return outcome;
}

/// What Dovecot runs reads the configuration that was looked at.
Outcome config_file(const Host& host) {
  Outcome outcome{"badclients reads " + host.config_path, {}};
  for (const auto& program : programs(host)) {
    const auto file = program.config.empty() ? std::string(config::default_path) : program.config;
    std::error_code none;
    if (file == host.config_path || std::filesystem::equivalent(file, host.config_path, none)) {
      continue;
    }
    outcome.warn(fmt::format("Dovecot runs {} with the configuration {}, and this looks at {}",
                             program.path, file, host.config_path),
                 fmt::format("run badclientsctl --config {} doctor", file));
  }
  return programs(host).empty() ? Outcome{} : outcome;
}

/// Dovecot runs.
Outcome running(const Host& host) {
  if (host.is_running) return {"Dovecot runs"};
  Outcome outcome;
  outcome.warn("Dovecot does not run: no login was tried", "start it");
  return outcome;
}

/// A wrong password is refused.
Outcome login(const Host& host) {
  if (!host.is_running) return {};
  Outcome outcome{"a wrong password is refused", {}};
  switch (setup::try_unknown_user()) {
    case setup::Login::refused:
      break;
    case setup::Login::accepted:
      outcome.fail("an unknown user was let in with a made-up password",
                   "see to your passdbs, now: everybody can read everybody's mail");
      break;
    case setup::Login::failed:
      outcome.warn("'doveadm auth test' does not work: no login could be tried",
                   "see what Dovecot's log says of it");
  }
  return outcome;
}

/// badclients-policy answers, and asks for the secret.
Outcome policy_answers(const Host& host) {
  const auto service = host.door_service();
  if (!host.is_running || !service) return {};
  constexpr std::size_t secret_bytes = 8;
  for (const auto& block : service->blocks) {
    const auto port = base::number<unsigned>(block.text("port"));
    if (!block.name.starts_with("inet_listener") || !port) continue;
    const auto& file = host.config.policy.secret_file;
    const auto secret = file.empty() ? std::string() : authpolicy::read_secret(file).value_or("");
    const auto wrong = file.empty() ? std::string() : setup::random_hex(secret_bytes);
    const auto said = setup::try_policy_door(*port, secret, wrong);
    if (said) return {fmt::format("badclients-policy answers on port {}", *port)};
    Outcome outcome;
    outcome.fail(
        fmt::format("badclients-policy does not answer on port {}: {}", *port, said.error()),
        "run 'doveadm reload'; then see what Dovecot's log says of it");
    return outcome;
  }
  return {};
}

constexpr std::array<Check, 2> doors{{{"door", door}, {"config_file", config_file}}};
constexpr std::array<Check, 3> live{
    {{"running", running}, {"login", login}, {"policy_answers", policy_answers}}};

}  // namespace

std::span<const Check> door_checks() {
  return doors;
}

std::span<const Check> live_checks() {
  return live;
}

}  // namespace badclients::admin::doctor
