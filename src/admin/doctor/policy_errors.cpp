#include "admin/doctor/policy_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "admin/log_options.hpp"
#include "admin/setup/dovecot.hpp"
#include "admin/terminal.hpp"
#include "audit/escape.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view name = "policy_errors";
constexpr std::string_view advice =
    "see what keeps Dovecot's auth process from the port: SELinux, a firewall, or "
    "RestrictAddressFamilies= and the like of dovecot.service; after a timeout, what holds "
    "badclients up";

/// The last that badclients decided by this door.
void find_decided(const Call& call, const logs::Range& range, PolicyErrors& found) {
  const auto places = log_places(call, range);
  if (!places) return;
  // Not read_log: client_address has complained already of what cannot be read.
  logs::read(*places, range, call.context.now(), [&](const logs::Login& login) {
    if (login.door == logs::Door::checkpassword || login.user == setup::own_user) return;
    found.any_decided = true;
    found.decided = std::max(found.decided, login.time);
  });
}

}  // namespace

Outcome judge_policy_errors(const PolicyErrors& errors, bool refuses) {
  if (errors.count == 0) {
    return {"every question had an answer in the last 24 hours, as Dovecot's log says", {}};
  }
  constexpr std::size_t most = 200;
  // Of the same second: a line is written before its answer, which may be what failed.
  const bool goes_on = !errors.any_decided || errors.last >= errors.decided;
  auto text = fmt::format(
      "Dovecot's auth process had no answer from badclients {} in the last 24 hours, the last "
      "time {}: '{}'; {}, and {}",
      counted(errors.count, "time", "times"),
      errors.last ? "at " + timestamp(*errors.last) : "at a time that the log does not tell",
      audit::escaped(errors.said, audit::Place::message, most),
      goes_on ? "no login that badclients decided is logged since"
              : "badclients has decided logins since",
      refuses ? "Dovecot refuses those users (auth_policy_reject_on_fail = yes)"
              : "Dovecot lets those users in unasked (auth_policy_reject_on_fail = no)");
  Outcome outcome;
  outcome.faults.push_back(
      {goes_on ? Level::error : Level::warning, std::move(text), std::string(advice)});
  return outcome;
}

std::vector<Finding> check_policy_errors(const Call& call, const Host& host) {
  // client_address has read it to its end.
  if (call.has("log") && call.text("log") == "-") return {};
  constexpr std::chrono::hours day{24};
  const logs::Range range{call.context.now() - day, {}};
  PolicyErrors found;
  read_failed_policy(call, range, [&](const logs::Login& login) {
    ++found.count;
    if (login.time < found.last) return;
    found.last = login.time;
    found.said = login.error;
  });
  if (found.count != 0) find_decided(call, range, found);
  auto outcome = judge_policy_errors(found, host.is_on("auth_policy_reject_on_fail", false));
  if (outcome.faults.empty()) return {{std::string(name), Level::ok, std::move(outcome.good)}};
  auto& fault = outcome.faults.front();
  return {{std::string(name), fault.level, std::move(fault.text), std::move(fault.advice)}};
}

}  // namespace badclients::admin::doctor
