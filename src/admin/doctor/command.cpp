#include "admin/doctor/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/doctor/as_user.hpp"
#include "admin/doctor/client_address.hpp"
#include "admin/doctor/host.hpp"
#include "admin/doctor/policy_errors.hpp"
#include "admin/doctor/report.hpp"
#include "admin/log_options.hpp"
#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::doctor {

namespace {

using Findings = std::vector<Finding>;

CommandLine command_line() {
  CommandLine line{
      "doctor [OPTION]...",
      "Looks at how Dovecot asks badclients and whether badclients can answer: a line\n"
      "for each check, ok, warning or error, and what to do. The exit status is that\n"
      "of a Nagios plugin: 0 ok, 1 a warning, 2 an error."};
  line.flag("json", "print one JSON object").flag("quiet,q", "say only what is wrong");
  add_log(line);
  return line;
}

void add(Findings& all, Findings more) {
  std::ranges::move(more, std::back_inserter(all));
}

/// What Dovecot's programs say of it. Error: what is wrong.
tl::expected<Host, Finding> look(const Call& call) {
  Host host;
  host.config_path =
      std::filesystem::absolute(call.context.config_path).lexically_normal().string();
  host.config = call.config;
  host.now = call.context.now;
  auto version = setup::installed_version();
  if (!version) {
    return tl::unexpected(Finding{"dovecot", Level::error, version.error(), "install Dovecot"});
  }
  host.version = *version;
  auto dovecot = setup::read_dovecot();
  if (!dovecot) {
    return tl::unexpected(Finding{"dovecot", Level::error,
                                  fmt::format("Dovecot {} does not accept its configuration: {}",
                                              version->str(), dovecot.error()),
                                  "mend what it names"});
  }
  host.dovecot = std::move(*dovecot);
  host.is_running = host.dovecot.is_running();
  const auto service = host.door_service();
  host.user = service ? service->text("user") : "";
  if (host.user.empty()) host.user = dovecots_user();
  return host;
}

Findings check_wiring(const Host& host) {
  Findings findings{{"dovecot", Level::ok, host.dovecot.file + " is accepted by doveconf"}};
  add(findings, run_checks(door_checks(), host));
  if (host.door_passdb()) add(findings, run_checks(checkpassword_checks(), host));
  if (host.door_service()) add(findings, run_checks(policy_checks(), host));
  add(findings, run_checks(live_checks(), host));
  return findings;
}

Findings check_as_user(const Host& host) {
  auto findings = run_as(host.user, user_checks(), host);
  if (findings) return std::move(*findings);
  return {
      {"user", Level::error,
       fmt::format("as user {}, as whom Dovecot runs badclients: {}", host.user, findings.error()),
       "see that there is such a user"}};
}

Findings find_all(Call& call) {
  const bool has_config = call.load();
  const auto host = look(call);
  Findings findings;
  if (!host) {
    findings.push_back(host.error());
    return findings;
  }
  add(findings, check_wiring(*host));
  add(findings, check_as_user(*host));
  if (has_config) add(findings, check_client_address(call));
  if (has_config && host->door_service()) add(findings, check_policy_errors(call, *host));
  add(findings, run_checks(journal_checks(), *host));
  return findings;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  auto call = read(command_line(), arguments, context);
  if (!call) return call.error();
  if (geteuid() != 0) {
    context.complain(
        "doctor: only root can do this: it becomes the user as whom Dovecot runs "
        "badclients");
    return exit_usage;
  }
  const auto findings = find_all(*call);
  context.out << (call->has("json") ? json_text(as_json(findings))
                                    : as_text(findings, call->has("quiet")));
  return exit_code(findings);
}

}  // namespace badclients::admin::doctor
