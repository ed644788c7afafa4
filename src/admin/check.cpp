#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <ostream>
#include <set>

#include "admin/check_report.hpp"
#include "admin/command.hpp"
#include "admin/login_options.hpp"
#include "admin/progress_bar.hpp"
#include "admin/terminal.hpp"
#include "audit/line.hpp"
#include "base/text.hpp"
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

int exit_code(const std::vector<Report>& reports) {
  int code = exit_good;
  for (const auto& report : reports) code = std::max(code, exit_code(report));
  return code;
}

namespace {

/// The addresses on standard input: the first word of each line that is neither blank nor a
/// comment. Error: what is wrong with one.
tl::expected<std::vector<std::string>, std::string> read_addresses(std::istream& in) {
  std::vector<std::string> addresses;
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    std::string_view rest = line;
    rest = base::trimmed(rest);
    const auto word = base::cut(rest, ' ');
    if (word.empty() || word.starts_with('#') || word.starts_with(';')) continue;
    const auto address = net::Address::parse(word);
    if (!address) {
      return tl::unexpected(fmt::format("standard input:{}: {}", number, address.error()));
    }
    addresses.push_back(address->str());
  }
  return addresses;
}

/// Those that the command line names, `-` for those on standard input. Error: as above.
tl::expected<std::vector<std::string>, std::string> addresses_of(const Call& call) {
  std::vector<std::string> addresses;
  for (const auto& word : call.words("address")) {
    if (word != "-") {
      addresses.push_back(word);
      continue;
    }
    const auto more = read_addresses(std::cin);
    if (!more) return more;
    addresses.insert(addresses.end(), more->begin(), more->end());
  }
  return addresses;
}

void drop_repeated(std::vector<std::string>& texts) {
  std::set<std::string> seen;
  std::erase_if(texts, [&](const auto& text) { return !seen.insert(text).second; });
}

int show_one(const Call& call, Report report) {
  const auto wrong = call.errors();
  report.warnings.insert(report.warnings.begin(), wrong.begin(), wrong.end());
  drop_repeated(report.warnings);
  if (call.has("json")) {
    call.context.out << json_text(as_json(report, call.config));
  } else {
    for (const auto& warning : report.warnings) call.context.complain("warning: " + warning);
    call.context.out << as_text(report, call.config);
  }
  return exit_code(report);
}

int show_all(const Call& call, const std::vector<Report>& reports) {
  auto warnings = call.errors();
  for (const auto& report : reports) {
    warnings.insert(warnings.end(), report.warnings.begin(), report.warnings.end());
  }
  drop_repeated(warnings);
  if (call.has("json")) {
    nlohmann::ordered_json json;
    json["logins"] = nlohmann::ordered_json::array();
    for (const auto& report : reports) json["logins"].push_back(as_json(report, call.config));
    json["warnings"] = warnings;
    call.context.out << json_text(json);
  } else {
    for (const auto& warning : warnings) call.context.complain("warning: " + warning);
    call.context.out << as_text(reports);
  }
  return exit_code(reports);
}

tl::expected<std::vector<Report>, int> check_all(const Call& call,
                                                 std::vector<facts::Login> logins) {
  std::vector<Report> reports;
  ProgressBar bar(logins.size());
  for (auto& login : logins) {
    bar.show(reports.size(), login.address->str());
    login.scope = config::scope_of(login, call.config);
    auto report = decide(call, login, true);
    if (!report) return tl::unexpected(call.cannot(report.error()));
    reports.push_back(std::move(*report));
  }
  return reports;
}

}  // namespace

int check(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{
      "check ADDRESS... [OPTION]...",
      "Shows what is known about an address, every rule that matches, and what a login\n"
      "from there would get; of several addresses, or '-' for those on standard input,\n"
      "the verdicts."};
  line.rest = "address";
  line.needs_rest = true;
  add_login(line);
  line.flag("refresh", "ask for everything anew, whatever the cache knows")
      .flag("json", "print one JSON object");
  auto call = read(line, arguments, context);
  if (!call) return call.error();
  if (call->has("offline") && call->has("refresh")) {
    context.complain("check: --offline and --refresh exclude each other");
    return exit_usage;
  }
  const auto addresses = addresses_of(*call);
  if (!addresses) {
    context.complain(addresses.error());
    return exit_usage;
  }
  std::vector<facts::Login> logins;
  for (const auto& address : *addresses) {
    auto login = read_login(*call, address);
    if (!login) return login.error();
    logins.push_back(std::move(*login));
  }
  if (!call->load()) return exit_cannot_decide;
  auto reports = check_all(*call, std::move(logins));
  if (!reports) return reports.error();
  const auto words = call->words("address");
  const bool one = words.size() == 1 && words.front() != "-";
  return one ? show_one(*call, std::move(reports->front())) : show_all(*call, *reports);
}

}  // namespace badclients::admin
