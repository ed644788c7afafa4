#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>
#include <set>

#include "admin/check_report.hpp"
#include "admin/command.hpp"
#include "admin/login_options.hpp"
#include "admin/terminal.hpp"
#include "audit/line.hpp"
#include "config/scope.hpp"
#include "lists/index.hpp"
#include "lists/login_rules.hpp"
#include "login/line_form.hpp"

namespace badclients::admin {

namespace {

/// Of lists that have changed; a login waits no longer than its deadline.
constexpr auto longest_reading = std::chrono::minutes(5);

/// Decides as a login does, step by step, and keeps what a login throws away.
Report examine(const Call& call, const facts::Login& login, const lists::Index& index) {
  const auto& config = call.config;
  lists::PatternMatcher matcher;
  const verdict::Decider decider(index, config, matcher);
  const auto begin = std::chrono::steady_clock::now();
  Report report;
  report.login = login;
  report.offline = call.has("offline");
  report.now = call.context.now();
  report.wanted = login.scope.narrowed(decider.wanted());
  report.facts = gather(call, login, report.wanted, decider, begin, report.warnings);
  report.matches = decider.explain(report.login, report.facts);

  const auto before = decider.so_far(report.login, {});
  report.local = before.waits == verdict::Waits::for_nothing;
  report.verdict = report.local ? before.verdict : decider.decide(report.login, report.facts);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (!matcher.trouble().empty()) report.warnings.push_back(matcher.trouble());
  const auto form = login::line_form(call.config);
  report.audit_line = audit::line(report.login, report.facts, report.verdict, took, form);
  report.maxmind_line = audit::maxmind_line(report.login, report.facts, form);
  return report;
}

/// What has to be said about the rules.
std::vector<std::string> warnings_of(const lists::LoginRules& rules) {
  std::vector<std::string> warnings;
  if (!rules.trouble().empty()) warnings.push_back(rules.trouble());
  std::ranges::copy(rules.faults(), std::back_inserter(warnings));
  if (rules.fault_count() > rules.faults().size()) {
    warnings.push_back(fmt::format("and {} more: run badclientsctl lint",
                                   rules.fault_count() - rules.faults().size()));
  }
  return warnings;
}

/// By the rules that a login would have. `trusted`: as LoginRules::Request::trust_verified.
tl::expected<Report, std::string> decide(const Call& call, const facts::Login& login,
                                         bool trusted) {
  const auto rules =
      lists::LoginRules::open({call.config.general.list_path, call.config.general.state_path,
                               std::chrono::steady_clock::now() + longest_reading, trusted});
  if (!rules) return tl::unexpected(rules.error());
  try {
    auto report = examine(call, login, rules->index());
    const auto warnings = warnings_of(*rules);
    report.warnings.insert(report.warnings.begin(), warnings.begin(), warnings.end());
    report.old_rules = rules->unread() != 0 || rules->are_old();
    return report;
  } catch (const lists::DamagedIndex& damage) {
    if (!trusted) throw;
    return decide(call, login, false);
  }
}

}  // namespace

int exit_code(const Report& report) {
  if (report.old_rules) return exit_cannot_decide;
  switch (report.verdict.decision) {
    case facts::Verdict::Decision::allow:
      return exit_good;
    case facts::Verdict::Decision::deny:
      return exit_bad;
    case facts::Verdict::Decision::tempfail:
      break;
  }
  return exit_cannot_decide;
}

int check(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{
      "check ADDRESS [OPTION]...",
      "Shows what is known about an address, every rule that matches, and what a login\n"
      "from there would get."};
  add_login(line);
  line.flag("refresh", "ask for everything anew, whatever the cache knows")
      .flag("json", "print one JSON object");
  auto call = read(line, arguments, context);
  if (!call) return call.error();
  auto login = read_login(*call);
  if (!login) return login.error();
  if (call->has("offline") && call->has("refresh")) {
    context.complain("check: --offline and --refresh exclude each other");
    return exit_usage;
  }
  if (!call->load()) return exit_cannot_decide;
  login->scope = config::scope_of(*login, call->config);
  auto report = decide(*call, *login, true);
  if (!report) return call->cannot(report.error());
  const auto wrong = call->errors();
  report->warnings.insert(report->warnings.begin(), wrong.begin(), wrong.end());
  std::set<std::string> seen;
  std::erase_if(report->warnings, [&](const auto& text) { return !seen.insert(text).second; });
  if (call->has("json")) {
    context.out << json_text(as_json(*report, call->config));
  } else {
    for (const auto& warning : report->warnings) context.complain("warning: " + warning);
    context.out << as_text(*report, call->config);
  }
  return exit_code(*report);
}

}  // namespace badclients::admin
