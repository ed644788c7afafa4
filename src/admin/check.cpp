#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>
#include <span>

#include "admin/check_report.hpp"
#include "admin/command.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "ask/gather.hpp"
#include "audit/line.hpp"
#include "lists/index.hpp"
#include "lists/login_rules.hpp"
#include "net/special.hpp"

namespace badclients::admin {

namespace po = boost::program_options;

namespace {

/// Of lists that have changed; a login waits no longer than its deadline.
constexpr auto longest_reading = std::chrono::minutes(5);

struct Question {
  facts::Login login;
  bool offline = false;
  bool refresh = false;
  bool json = false;
};

CommandLine command_line() {
  CommandLine line{
      "check ADDRESS [OPTION]...",
      "Shows what is known about an address, every rule that matches, and what a login\n"
      "from there would get.",
      po::options_description(),
      {"address"}};
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = line.options.add_options();
  add("user", text("NAME"), "as if this user logged in");
  add("master", text("NAME"), "as if this master user logged in as that user");
  add("service", text("NAME"), "as if to this service: imap, pop3, smtp, ...");
  add("client-id", text("TEXT"), "as if the app called itself this (its IMAP ID)");
  add("offline", "ask nobody: only the cache, the lists and the GeoIP databases");
  add("refresh", "ask for everything anew, whatever the cache knows");
  add("json", "print one JSON object");
  return line;
}

tl::expected<Question, int> read_question(const std::vector<std::string>& arguments,
                                          const Context& context) {
  const auto values = read(command_line(), arguments, context);
  if (!values) return tl::unexpected(values.error());

  const auto text = [&](const char* name) {
    return values->count(name) != 0 ? (*values)[name].as<std::string>() : std::string{};
  };
  const auto address = net::Address::parse(text("address"));
  if (!address) {
    context.err << fmt::format("badclientsctl: {}\n", printable(address.error()));
    return tl::unexpected(exit_usage);
  }
  Question question;
  question.login.address = *address;
  question.login.user = text("user");
  question.login.master = text("master");
  question.login.service = text("service");
  question.login.client_id = text("client-id");
  question.offline = values->count("offline") != 0;
  question.refresh = values->count("refresh") != 0;
  if (question.offline && question.refresh) {
    context.err << "badclientsctl: check: --offline and --refresh exclude each other\n";
    return tl::unexpected(exit_usage);
  }
  question.json = values->count("json") != 0;
  return question;
}

/// How a login is decided, step by step, with everything kept that a login throws away.
Report examine(const Question& question, const lists::Index& index, const config::Config& config,
               const Context& context) {
  const verdict::Decider decider(index, config);
  const auto begin = std::chrono::steady_clock::now();
  Report report;
  report.login = question.login;
  report.offline = question.offline;
  report.now = context.now();
  report.wanted = decider.wanted();

  const auto address = report.login.origin().value();
  if (const auto block = net::special_purpose(address)) {
    report.special_purpose = std::string(*block);
    const bool reverse_names = report.wanted.reverse_names;  // our own nameserver may know it
    report.wanted = {};
    report.wanted.reverse_names = reverse_names;
  }
  for (const auto& network : config.general.ignore_networks) {
    if (network.contains(address)) report.ignored = network.str();
  }
  ask::Gathering how{config,     context.config_path, begin + config.lookup.deadline,
                     report.now, !question.offline,   true};
  how.anew = question.refresh;
  how.by_rules = decider.wanted_by_rules();
  report.facts = ask::gather(address, report.wanted, how, report.warnings);
  report.matches = decider.explain(report.login, report.facts);

  const auto before = decider.before_facts(report.login);
  report.local = before.has_value();
  report.verdict = before ? *before : decider.decide(report.login, report.facts);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (!decider.trouble().empty()) report.warnings.push_back(decider.trouble());
  report.audit_line = audit::line(report.login, report.facts, report.verdict, took);
  report.maxmind_line = audit::maxmind_line(report.login, report.facts);
  return report;
}

void print(const Report& report, bool json, const config::Config& config, const Context& context) {
  if (json) {
    context.out << json_text(as_json(report, config));
    return;
  }
  for (const auto& warning : report.warnings) {
    context.err << fmt::format("badclientsctl: warning: {}\n", printable(warning));
  }
  context.out << as_text(report, config);
}

std::vector<std::string> faults(const std::vector<config::Problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    if (problem.severity == config::Problem::Severity::error) texts.push_back(problem.str());
  }
  return texts;
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
tl::expected<Report, std::string> decide(const Question& question, const config::Config& config,
                                         const Context& context, bool trusted) {
  const auto rules =
      lists::LoginRules::open({config.general.list_path, config.general.state_path,
                               std::chrono::steady_clock::now() + longest_reading, trusted});
  if (!rules) return tl::unexpected(rules.error());
  try {
    auto report = examine(question, rules->index(), config, context);
    const auto warnings = warnings_of(*rules);
    report.warnings.insert(report.warnings.begin(), warnings.begin(), warnings.end());
    report.old_rules = rules->unread() != 0 || rules->are_old();
    return report;
  } catch (const lists::DamagedIndex& damage) {
    if (!trusted) throw;
    return decide(question, config, context, false);
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
  const auto question = read_question(arguments, context);
  if (!question) return question.error();
  const auto cannot = [&](const std::string& why) {
    context.err << fmt::format("badclientsctl: {}\n", printable(why));
    return exit_cannot_decide;
  };

  const auto loaded = config::load(context.config_path);
  if (!loaded) return cannot(loaded.error());
  const auto& config = loaded->config;
  auto report = decide(*question, config, context, true);
  if (!report) return cannot(report.error());
  const auto wrong = faults(loaded->problems);
  report->warnings.insert(report->warnings.begin(), wrong.begin(), wrong.end());
  print(*report, question->json, config, context);
  return exit_code(*report);
}

}  // namespace badclients::admin
