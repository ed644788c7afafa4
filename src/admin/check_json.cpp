#include <nlohmann/json.hpp>

#include "admin/check_report.hpp"
#include "admin/fact_view.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin {

namespace {

using nlohmann::ordered_json;

ordered_json fact_json(const FactView& view, facts::Time now) {
  ordered_json fact;
  fact["state"] = view.state;
  fact["source"] = or_null(view.source);
  fact["why"] = or_null(view.why);
  fact["learnt"] = fact["expires"] = fact["age_seconds"] = nullptr;
  if (view.timed) {
    fact["learnt"] = timestamp(view.learnt);
    fact["expires"] = timestamp(view.expires);
    fact["age_seconds"] =
        std::chrono::duration_cast<std::chrono::seconds>(now - view.learnt).count();
  }
  fact["value"] = view.known ? view.json : ordered_json(nullptr);
  return fact;
}

ordered_json facts_json(const Report& report, const config::Config& config) {
  auto facts = ordered_json::object();
  for (const auto* list : {"other_as_descriptions", "dnsbl"}) facts[list] = ordered_json::array();
  for (const auto* fact : {"provisional_origin", "without_persons", "provisional_registration"}) {
    facts[fact] = nullptr;
  }
  for (const auto& view : fact_views(report, config)) {
    auto fact = fact_json(view, report.now);
    if (facts.contains(view.key) && facts[view.key].is_array()) {
      facts[view.key].push_back(std::move(fact));
    } else {
      facts[view.key] = std::move(fact);
    }
  }
  return facts;
}

ordered_json match_json(const verdict::Match& match) {
  ordered_json json;
  json["action"] = match.action == lists::Action::allow ? "allow" : "deny";
  json["matched"] = match.matched;
  json["rule"] = or_null(match.rule);
  json["entry"] = match.entry;
  json["client"] = or_null(match.client);
  json["monitored"] = match.monitored;
  json["network"] = or_null(match.network);
  return json;
}

ordered_json verdict_json(const Report& report) {
  const auto& verdict = report.verdict;
  ordered_json json;
  json["decision"] = verdict.decision == facts::Verdict::Decision::allow  ? "allow"
                     : verdict.decision == facts::Verdict::Decision::deny ? "deny"
                                                                          : "tempfail";
  json["would_block"] = verdict.would_block;
  json["matched"] = or_null(verdict.matched);
  json["rule"] = or_null(verdict.rule);
  json["client"] = or_null(verdict.client);
  json["message"] = or_null(verdict.message);
  json["without_network"] = report.local;
  return json;
}

}  // namespace

ordered_json as_json(const Report& report, const config::Config& config) {
  const auto& login = report.login;
  ordered_json json;
  json["address"] = or_null(login.address ? login.address->str() : "");
  json["counts_as"] = or_null(login.address ? login.origin()->str() : "");
  json["special_purpose"] = or_null(std::string(login.scope.special_purpose.value_or("")));
  json["ignored"] = or_null(login.scope.ignored ? login.scope.ignored->str() : "");
  json["user"] = or_null(login.user);
  json["master"] = or_null(login.master);
  json["service"] = or_null(login.service);
  json["client_id"] = or_null(login.client_id);
  json["facts"] = facts_json(report, config);
  json["matches"] = ordered_json::array();
  for (const auto& match : report.matches) json["matches"].push_back(match_json(match));
  json["verdict"] = verdict_json(report);
  json["logged"] = report.verdict.logged;
  const bool logged = report.verdict.logged;
  json["audit_line"] = or_null(logged ? report.audit_line : "");
  json["maxmind_line"] = or_null(logged ? report.maxmind_line.value_or("") : "");
  json["warnings"] = report.warnings;
  return json;
}

}  // namespace badclients::admin
