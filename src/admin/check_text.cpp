#include <fmt/format.h>

#include <map>
#include <utility>

#include "admin/check_report.hpp"
#include "admin/fact_view.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin {

namespace {

using Row = std::vector<std::string>;

/// Of a column; what is longer than this moves its own row alone.
constexpr std::size_t widest = 48;

/// "dns, cached 3 h ago, good for 21 h", "asn.txt, made 9 h ago"; or why there is no answer.
std::string provenance(const FactView& view, facts::Time now) {
  const auto seconds = [](auto length) {
    return about(std::chrono::duration_cast<std::chrono::seconds>(length));
  };
  const auto left = seconds(view.expires - now);
  const auto age = seconds(now - view.learnt);
  if (!view.known) {
    const auto why = printable(view.why);
    if (!view.timed || !view.remembered) return why;
    return fmt::format("{}; that was {} ago, asked again in {}", why, age, left);
  }
  const auto source = printable(view.source);
  if (!view.timed) return source;
  if (view.state == "local") return fmt::format("{}, made {} ago", source, age);
  if (!view.remembered) return source + ", asked now";
  if (view.expires > now) return fmt::format("{}, cached {} ago, good for {}", source, age, left);
  return fmt::format("{}, stale: {} old, expired {} ago", source, age, seconds(now - view.expires));
}

void add_rows(std::vector<Row>& rows, const FactView& view, facts::Time now) {
  auto note = provenance(view, now);
  if (!view.known) {
    const auto* state = view.state == "unknown" ? "unknown" : "not asked";
    rows.push_back({printable(view.label), state, std::move(note)});
    return;
  }
  for (const auto& line : view.lines) {
    const bool first = &line == &view.lines.front();
    rows.push_back({(first ? "" : "  ") + printable(line.label), printable(line.text)});
    if (first) rows.back().push_back(note);
  }
}

std::vector<Row> login_rows(const Report& report) {
  std::vector<Row> rows;
  const auto& login = report.login;
  if (login.address) {
    rows.push_back({"address", login.address->str()});
    if (*login.origin() != *login.address) {
      rows.push_back({"counts as", login.origin()->str() + ", the IPv4 address that it carries"});
    }
  }
  if (const auto& block = login.scope.special_purpose) {
    rows.push_back({"block", printable(*block) +
                                 ": a special-purpose address is never refused for where it is"});
  }
  if (const auto& network = login.scope.ignored) {
    rows.push_back({"ignored", network->str() + " of general/ignore_networks holds it"});
  }
  const auto given = [&](const char* label, const std::string& value, const char* without) {
    rows.push_back({label, value.empty() ? without : printable(value)});
  };
  given("user", login.user, "not given (--user)");
  if (!login.master.empty()) given("master", login.master, "");
  given("service", login.service, "not given (--service)");
  if (!login.client_id.empty()) given("client ID", login.client_id, "");
  return rows;
}

std::vector<Row> match_rows(const Report& report) {
  std::vector<Row> rows;
  for (const auto& match : report.matches) {
    const char* action = match.action == lists::Action::allow ? "allow" : "deny";
    auto value = match.rule.empty() ? printable(match.matched) : printable(match.rule);
    auto note = printable(match.entry);
    if (match.monitored) action = "watch";
    if (!match.network.empty() && match.entry.find("=" + match.network) == std::string::npos) {
      note += fmt::format(", here {}", match.network);
    }
    if (!match.client.empty()) note += fmt::format("  ({})", printable(match.client));
    rows.push_back({action, std::move(value), std::move(note)});
  }
  return rows;
}

/// ": ip_net in ip_net.deny.lst:12"
std::string because(const Report& report) {
  const auto& verdict = report.verdict;
  if (report.login.scope.disabled) return ": the service is one of general/disabled_services";
  if (verdict.matched == "on_error") {
    return ": a fact that some rule needs could not be had, or a pattern was too much work "
           "(general/on_error)";
  }
  if (verdict.matched.empty()) {
    if (report.login.scope.special_purpose) return ": a special-purpose address is never refused";
    return report.login.scope.ignored ? ": the address is ignored" : ": nothing refuses it";
  }
  auto text = ": " + printable(verdict.matched);
  if (!verdict.rule.empty()) text += fmt::format(" in {}", printable(verdict.rule));
  if (!verdict.client.empty()) text += fmt::format(" ({})", printable(verdict.client));
  return text;
}

std::string verdict_text(const Report& report) {
  const auto& verdict = report.verdict;
  switch (verdict.decision) {
    case facts::Verdict::Decision::deny:
      return "denied" + because(report);
    case facts::Verdict::Decision::tempfail:
      return "undecided" + because(report);
    case facts::Verdict::Decision::allow:
      break;
  }
  if (verdict.would_block) return "allowed in monitor mode; would be denied" + because(report);
  return "allowed" + because(report);
}

std::string verdict_word(const Report& report) {
  switch (report.verdict.decision) {
    case facts::Verdict::Decision::deny:
      return "denied";
    case facts::Verdict::Decision::tempfail:
      return "undecided";
    case facts::Verdict::Decision::allow:
      break;
  }
  return report.verdict.would_block ? "would be denied" : "allowed";
}

}  // namespace

std::string as_text(const std::vector<Report>& reports) {
  std::vector<Row> rows{{"ADDRESS", "VERDICT", "MATCHED", "RULE", "CLIENT", "AS", "NETWORK"}};
  std::map<std::string, std::size_t> counts;
  const auto or_dash = [](std::string_view text) {
    return text.empty() ? std::string("-") : printable(text);
  };
  for (const auto& report : reports) {
    const auto& verdict = report.verdict;
    const auto* const origin = facts::likely_origin(report.facts);
    const auto* const registration = facts::likely_registration(report.facts);
    const bool announced = origin != nullptr && !origin->asns.empty();
    const auto word = verdict_word(report);
    ++counts[word];
    rows.push_back({report.login.address->str(), word, or_dash(verdict.matched),
                    or_dash(verdict.rule), or_dash(verdict.client),
                    announced ? fmt::format("AS{}", origin->asns.front()) : "-",
                    or_dash(registration == nullptr ? "" : registration->name)});
  }
  std::string sums;
  for (const auto& [word, count] : counts) sums += fmt::format(", {} {}", count, word);
  return table(rows, "", widest) + counted(reports.size(), "address", "addresses") + sums + "\n";
}

std::string as_text(const Report& report, const config::Config& config) {
  std::string out = table(login_rows(report));

  std::vector<Row> rows;
  for (const auto& view : fact_views(report, config)) add_rows(rows, view, report.now);
  out += "\nFacts\n" + table(rows, "  ", widest);

  out += "\nRules that match\n";
  out += report.matches.empty() ? "  none\n" : table(match_rows(report), "  ", widest);

  out += fmt::format("\nVerdict\n  {}\n", verdict_text(report));
  if (report.local && report.verdict.logged) {
    out += "  A login is decided without asking the network; its line has what the cache knows.\n";
  }
  if (!report.verdict.message.empty()) {
    out += fmt::format("  The user is told: {}\n", printable(report.verdict.message));
  }

  out += "\nA login writes\n";
  if (!report.verdict.logged) {
    out += "  nothing: logins from there are not logged (ignore_networks, log_local)\n";
    return out;
  }
  out += fmt::format("  {}\n", report.audit_line);
  if (report.maxmind_line) out += fmt::format("  {}\n", *report.maxmind_line);
  return out;
}

}  // namespace badclients::admin
