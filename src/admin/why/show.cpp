#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "admin/terminal.hpp"
#include "admin/why/why.hpp"
#include "base/text.hpp"

namespace badclients::admin::why {

namespace {

using logs::Outcome;
using nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string local_time(const std::optional<facts::Time>& time) {
  if (!time) return "at a time that is not known";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(std::chrono::system_clock::to_time_t(*time)));
}

std::string outcome_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::blocked:
      return "refused";
    case Outcome::would_block:
      return "let in by monitor mode; else refused";
    case Outcome::exempted:
      return "let in, by a rule or by general/on_error";
    case Outcome::undecided:
      return "undecided: Dovecot was told of a temporary failure";
    case Outcome::allowed:
      break;
  }
  return "let in: nothing refused it";
}

std::string facts_text(const std::string& facts) {
  if (facts == "none") return "nothing was asked and nothing remembered";
  if (facts == "cached") return "all was remembered";
  if (facts == "fresh") return "asked at this login";
  if (facts == "stale") return "some of it was older than it should be";
  if (facts == "partial") return "incomplete";
  if (facts == "local") return "from registry data of this host";
  return facts;
}

std::string why_text(const Explanation& all) {
  const auto& login = all.login;
  if (login.matched.empty()) return {};
  if (login.matched == "service") return "the service is one of general/disabled_services";
  if (login.matched == "on_error") {
    return "a fact that some rule needs could not be had, or a pattern was too much work "
           "(general/on_error)";
  }
  auto text = login.matched;
  if (!login.rule.empty()) text += " in " + login.rule;
  if (!login.client.empty()) text += fmt::format(" ({})", login.client);
  return text;
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? "unknown" : printable(text);
}

std::string host_text(const logs::Login& login) {
  if (!login.host_known) return "unknown";
  return login.host.empty() ? "the address has none" : printable(login.host);
}

std::string entities_text(const logs::Login& login) {
  auto text = fmt::format("{}", fmt::join(login.entities, " "));
  if (was_cut(login, "entity")) text += " ... (the line had no room for all)";
  return or_unknown(text);
}

void add_if(std::vector<Row>& rows, const char* label, const std::string& text) {
  if (!text.empty()) rows.push_back({label, printable(text)});
}

std::vector<Row> known_rows(const logs::Login& login) {
  std::vector<Row> rows;
  rows.push_back({"reverse name", host_text(login)});
  const auto asn =
      login.asn == 0 ? std::string() : fmt::format("AS{} {}", login.asn, login.as_desc);
  rows.push_back({"AS", or_unknown(asn)});
  rows.push_back({"country", or_unknown(login.as_cc.empty() ? "" : login.as_cc + " (AS)")});
  if (!login.net_cc.empty()) rows.back()[1] += " " + printable(login.net_cc) + " (network)";
  rows.push_back({"network", or_unknown(login.net_name)});
  rows.push_back({"entities", entities_text(login)});
  add_if(rows, "app says", login.client_id);
  add_if(rows, "how", facts_text(login.facts));
  return rows;
}

void add_told(std::vector<Row>& rows, const Explanation& all) {
  if (all.login.outcome != Outcome::blocked) return;
  // The line does not say which door it came through.
  rows.push_back({"told by the policy door", printable(all.told_by_policy)});
  rows.push_back({"told by the checkpassword door", all.told_by_checkpassword.empty()
                                                        ? "that the password is wrong"
                                                        : printable(all.told_by_checkpassword)});
}

std::string today_text(const Explanation& all) {
  const auto& verdict = all.verdict_today;
  std::string text = "let in";
  if (verdict.refused()) text = "refused";
  if (verdict.would_block) text = "let in by monitor mode; else refused";
  if (verdict.decision == facts::Verdict::Decision::tempfail) text = "undecided";
  if (!verdict.matched.empty()) text += ": " + printable(verdict.matched);
  if (!verdict.rule.empty()) text += " in " + printable(verdict.rule);
  return text;
}

ordered_json login_json(const logs::Login& login) {
  ordered_json json;
  json["time"] = or_null(login.time);
  json["user"] = login.user;
  json["service"] = or_null(login.service);
  json["ip"] = or_null(login.ip);
  json["host"] = login.host_known ? ordered_json(login.host) : ordered_json(nullptr);
  json["asn"] =
      login.asn == 0 ? ordered_json(nullptr) : ordered_json(fmt::format("AS{}", login.asn));
  json["as_cc"] = or_null(login.as_cc);
  json["as_desc"] = or_null(login.as_desc);
  json["net_name"] = or_null(login.net_name);
  json["net_cc"] = or_null(login.net_cc);
  json["entity"] = login.entities;
  json["blocked"] = login.outcome == Outcome::blocked;
  json["outcome"] = logs::to_string(login.outcome);
  json["matched"] = or_null(login.matched);
  json["rule"] = or_null(login.rule);
  json["client"] = or_null(login.client);
  json["client_id"] = or_null(login.client_id);
  json["facts"] = or_null(login.facts);
  json["took_ms"] = nullptr;
  if (login.took) {
    json["took_ms"] = std::chrono::duration<double, std::milli>(*login.took).count();
  }
  json["session"] = or_null(login.session);
  json["master"] = or_null(login.master);
  json["error"] = or_null(login.error);
  return json;
}

ordered_json today_json(const Explanation& all) {
  using Decision = facts::Verdict::Decision;
  const auto& verdict = all.verdict_today;
  ordered_json json;
  json["decision"] = verdict.decision == Decision::allow  ? "allow"
                     : verdict.decision == Decision::deny ? "deny"
                                                          : "tempfail";
  json["would_block"] = verdict.would_block;
  json["matched"] = or_null(verdict.matched);
  json["rule"] = or_null(verdict.rule);
  json["client"] = or_null(verdict.client);
  json["matches"] = ordered_json::array();
  for (const auto& match : all.today) {
    json["matches"].push_back({{"action", match.action == lists::Action::allow ? "allow" : "deny"},
                               {"matched", match.matched},
                               {"rule", match.rule},
                               {"entry", match.entry}});
  }
  json["not_in_log"] = all.untold;
  return json;
}

}  // namespace

std::string as_text(const Explanation& all) {
  const auto& login = all.login;
  std::vector<Row> rows{
      {"login", fmt::format("{}, {} to {} from {}", local_time(login.time), printable(login.user),
                            or_unknown(login.service), or_unknown(login.ip))}};
  add_if(rows, "master", login.master);
  add_if(rows, "session", login.session);
  rows.push_back({"outcome", outcome_text(login.outcome)});
  add_if(rows, "why", why_text(all));
  add_if(rows, "the rule", all.rule_text);
  add_if(rows, "error", login.error);
  for (auto& row : known_rows(login)) rows.push_back(std::move(row));
  add_told(rows, all);
  const char* title = "would let it in";
  for (std::string_view rest : all.remedies) {
    rows.push_back({title, printable(base::cut(rest, '\n'))});
    if (!rest.empty()) rows.push_back({"", "  " + printable(rest)});
    title = "";
  }
  rows.push_back({"today it would be", today_text(all)});
  for (const auto& match : all.today) {
    rows.push_back({match.action == lists::Action::allow ? "  allow" : "  deny",
                    printable(match.rule) + "  " + printable(match.entry)});
  }
  if (!all.untold.empty()) {
    rows.push_back(
        {"not in the log", fmt::format("what lists on {} look at", fmt::join(all.untold, ", "))});
  }
  return table(rows);
}

ordered_json as_json(const Explanation& all) {
  ordered_json json;
  json["login"] = login_json(all.login);
  json["rule_text"] = or_null(all.rule_text);
  json["told_by_policy"] = or_null(all.told_by_policy);
  json["told_by_checkpassword"] = or_null(all.told_by_checkpassword);
  json["remedies"] = all.remedies;
  json["today"] = today_json(all);
  return json;
}

}  // namespace badclients::admin::why
