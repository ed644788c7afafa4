// Setup::check_*: whether Dovecot, and badclients as Dovecot's user, can work with what is there.

#include <fmt/format.h>

#include <algorithm>

#include "admin/doctor/as_user.hpp"
#include "admin/setup/work.hpp"

namespace badclients::admin::setup {

namespace {

/// What doctor's checks look at.
doctor::Host host_of(const Site& site) {
  doctor::Host host;
  host.config_path = site.config_path;
  host.config = site.config;
  host.version = site.version;
  host.dovecot = site.dovecot;
  host.user = site.dovecot.user;
  host.now = site.context.now;
  return host;
}

}  // namespace

Done Setup::check_configuration() {
  auto dovecot = read_dovecot();
  if (!dovecot) return refuse("Dovecot does not accept it: " + dovecot.error());
  site_.dovecot = std::move(*dovecot);
  const auto path = site_.dovecot_file();
  if (const auto names = overruled(text_, site_.dovecot);
      site_.door == Door::policy && !names.empty()) {
    return refuse(fmt::format("another file of Dovecot's overrules {}: {}", path, names));
  }
  if (site_.door == Door::policy &&
      site_.dovecot.setting("auth_policy_server_api_header") != "X-Badclients: " + secret_) {
    return refuse(
        fmt::format("Dovecot's auth_policy_server_api_header is not the secret of {}: see {}",
                    site_.secret_file(), site_.header_file()));
  }
  const DovecotBlock* last = nullptr;
  for (const auto& block : site_.dovecot.configuration.blocks) {
    if (block.name == "passdb") last = &block;
  }
  if (site_.door == Door::checkpassword && (last == nullptr || !is_badclients(*last))) {
    return refuse(fmt::format(
        "a passdb stands behind {}: whom that one lets in, badclients never sees", path));
  }
  site_.say("good", "", "doveconf accepts it");
  if (site_.door == Door::policy) tell_what_a_failure_does();
  // Our file does not say no: the first Dovecots of 2.3 do not know the setting.
  if (site_.door == Door::policy && site_.dovecot.setting("auth_policy_log_only") == "yes") {
    site_.say(
        "careful", "",
        "another file of Dovecot's says auth_policy_log_only = yes: whom badclients refuses is "
        "let in all the same");
  }
  return {};
}

/// The administrator decides that, in any file of Dovecot's.
void Setup::tell_what_a_failure_does() {
  const bool refuses = site_.dovecot.setting("auth_policy_reject_on_fail") == "yes";
  site_.say("good", "",
            refuses ? "while badclients does not answer, Dovecot refuses every login "
                      "(auth_policy_reject_on_fail = yes)"
                    : "while badclients does not answer, Dovecot lets logins in "
                      "(auth_policy_reject_on_fail = no)");
}

/// The trial does not see this: it asks about this host itself, for which no list is opened.
Done Setup::check_rights() {
  const auto host = host_of(site_);
  const auto found = doctor::run_as(host.user, doctor::rights_checks(), host);
  if (!found) return refuse(fmt::format("as user {}: {}", host.user, found.error()));
  std::string faults;
  for (const auto& finding : *found) {
    if (finding.level != doctor::Level::error) continue;
    faults +=
        fmt::format("{}{} (try: {})", faults.empty() ? "" : "; ", finding.text, finding.advice);
  }
  if (!faults.empty()) return refuse(std::move(faults));
  site_.say("good", "",
            fmt::format("user {} may read the configuration and the lists, and write to {}",
                        host.user, site_.config.general.state_path));
  return {};
}

/// Our own file has the right time, unless the administrator has changed it.
void Setup::check_patience() {
  if (site_.door != Door::policy || !site_.left_to_do.empty()) return;
  const auto checks = doctor::policy_checks();
  const auto timeout = std::ranges::find(checks, "policy_timeout", &doctor::Check::name);
  const auto outcome = timeout->run(host_of(site_));
  if (outcome.faults.empty()) return;
  site_.left_to_do = fmt::format(
      "{}.\nSetup leaves {} as it is, because you have changed it. Write into it:\n\n{}\n"
      "Then run 'badclientsctl setup' again.\n",
      outcome.faults.front().text, site_.dovecot_file(), timeout_lines(site_, "    "));
}

}  // namespace badclients::admin::setup
