#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "admin/lint.hpp"
#include "facts/geoip_survey.hpp"
#include "net/network.hpp"
#include "network/transport/dns.hpp"

namespace badclients::admin {

using lists::Action;
using lists::Field;
using Severity = config::Problem::Severity;

namespace {

/// One value that a rule compares a field with, wherever it is written.
struct Use {
  Field field;
  Action action;
  lists::Where where;
  std::string_view value;
};

/// Calls `visit` with every use.
template <class Visit>
void each_use(const lists::RuleBook& book, Visit visit) {
  for (const auto& entry : book.entries) {
    visit(Use{entry.field, entry.action, entry.where, entry.value});
  }
  for (const auto& rule : book.client_rules) {
    for (const auto& clause : rule.clauses) {
      for (const auto& value : clause.values) {
        const bool exempts = clause.negated && clause.field == Field::as_dscr;
        visit(Use{clause.field, exempts ? Action::allow : Action::deny, rule.where, value});
      }
    }
  }
}

class Linter {
 public:
  Linter(const lists::RuleBook& book, const config::Config& config)
      : book_(book), config_(config) {}

  Problems run() {
    std::set<Field> seen;
    each_use(book_, [&](const Use& use) {
      if (seen.insert(use.field).second) check_source(use);
      check_value(use);
    });
    for (auto& conflict : find_conflicts(book_)) {
      add(conflict.severity, conflict.where, std::move(conflict.text));
    }
    check_clients();
    check_reach();
    return std::move(problems_);
  }

 private:
  void add(Severity severity, lists::Where where, std::string text) {
    const auto& file = book_.files.at(where.file);
    problems_.push_back({severity, fmt::format("{}/{}", config_.general.list_path, file),
                         where.line, std::move(text)});
  }

  using Survey = facts::GeoSurvey;

  /// Why a database gives nothing of a kind; empty where it does, and where it cannot be read,
  /// which is said elsewhere.
  [[nodiscard]] std::string database(const std::string& path, const char* key, bool Survey::*has,
                                     const char* what) const {
    if (!config_.general.enable_maxmind) return "general/enable_maxmind is no";
    if (path.empty()) return fmt::format("maxmind/{} names no database", key);
    const auto survey = facts::survey(path);
    if (!survey || (*survey).*has) return "";
    return fmt::format("{} (maxmind/{}) has no {}", path, key, what);
  }

  /// Why a field is never known here; empty where it is looked up.
  [[nodiscard]] std::string missing_source(Field field) const {
    const auto& lookup = config_.lookup;
    switch (field) {
      case Field::rev_host:
        return lookup.reverse_dns ? "" : "lookup/reverse_dns is no";
      case Field::asn: {
        if (!lookup.origin.empty()) return "";
        const auto missing =
            database(config_.maxmind.geo_asn, "geo_asn", &Survey::asn, "AS numbers");
        return missing.empty() ? "" : "lookup/origin is none, and " + missing;
      }
      case Field::as_cc:
      case Field::as_dscr:
        return lookup.origin.empty() ? "lookup/origin is none" : "";
      case Field::net_cc:
      case Field::net_name:
      case Field::entity:
        return lookup.registration.empty() ? "lookup/registration is none" : "";
      case Field::maxmind_as_org:
        return database(config_.maxmind.geo_asn, "geo_asn", &Survey::organization, "organisations");
      case Field::maxmind_geo_loc:
        return database(config_.maxmind.geo_city, "geo_city", &Survey::geoname_ids, "GeoName IDs");
      case Field::maxmind_geo_cc:
        return database(config_.maxmind.geo_city, "geo_city", &Survey::country, "countries");
      case Field::maxmind_coords:
        return database(config_.maxmind.geo_city, "geo_city", &Survey::coordinates, "coordinates");
      case Field::maxmind_anonymous:
        return database(config_.maxmind.anonymous_ip, "anonymous_ip", &Survey::flags,
                        "flags that are true");
      case Field::ip_net:
      case Field::dnsbl:
      case Field::client_id:
      case Field::user:
      case Field::service:
      case Field::master:
        break;
    }
    return "";
  }

  void check_source(const Use& use) {
    if (const auto missing = missing_source(use.field); !missing.empty()) {
      add(Severity::error, use.where,
          fmt::format("{}: nothing here can ever match: {}", lists::name(use.field), missing));
    }
    if (use.field == Field::dnsbl) check_resolvers(use);
  }

  /// Those who run block lists do not know who asks through a resolver that everybody uses.
  void check_resolvers(const Use& use) {
    constexpr std::array<std::string_view, 16> everybodys{"8.8.8.8",
                                                          "8.8.4.4",
                                                          "1.1.1.1",
                                                          "1.0.0.1",
                                                          "9.9.9.9",
                                                          "149.112.112.112",
                                                          "208.67.222.222",
                                                          "208.67.220.220",
                                                          "2001:4860:4860::8888",
                                                          "2001:4860:4860::8844",
                                                          "2606:4700:4700::1111",
                                                          "2606:4700:4700::1001",
                                                          "2620:fe::fe",
                                                          "2620:fe::9",
                                                          "2620:119:35::35",
                                                          "2620:119:53::53"};
    for (const auto& server : network::nameservers(config_.dns)) {
      const auto address = server.address.str();
      if (std::ranges::find(everybodys, address) == everybodys.end()) continue;
      add(Severity::warning, use.where,
          fmt::format("dnsbl: DNS is asked through {}, which everybody may use: most block lists "
                      "refuse to answer it (set dns/nameserver to a resolver of your own)",
                      address));
      break;
    }
  }

  void check_value(const Use& use) {
    if (use.field == Field::ip_net) check_network(use);
    if (use.field == Field::rev_host && use.action == Action::allow && use.value == "<>") {
      add(Severity::warning, use.where,
          "'<>' never allows: an allow entry counts only for a name that resolves back to the "
          "address");
    }
    for (auto& doubt : doubts_about(use.field, use.action, use.value)) {
      add(doubt.severity, use.where, std::move(doubt.text));
    }
  }

  void check_network(const Use& use) {
    const auto network = net::Network::parse(use.value);
    if (!network) return;  // reading the list has refused it
    for (const auto& ignored : config_.general.ignore_networks) {
      if (!ignored.contains(*network)) continue;
      add(Severity::warning, use.where,
          fmt::format("'{}' never counts: it lies in {} of general/ignore_networks", use.value,
                      ignored.str()));
      break;
    }
  }

  /// Whoever enables a client wants its logins refused.
  void check_clients() {
    for (std::uint32_t i = 0; i < book_.clients.size(); ++i) {
      if (std::ranges::count(book_.client_rules, i, &lists::ClientRule::client) != 0) continue;
      const auto path = fmt::format("{}/clients/{}{}", config_.general.list_path,
                                    book_.clients[i].id, lists::client_extension);
      problems_.push_back({Severity::warning, path, 0,
                           "is enabled and has no rules that count, so it refuses nobody"});
    }
  }

  void check_reach() {
    for (const auto& rule : book_.client_rules) {
      auto doubt = doubt_about_reach(rule);
      if (!doubt.empty()) add(Severity::warning, rule.where, std::move(doubt));
    }
  }

  const lists::RuleBook& book_;
  const config::Config& config_;
  Problems problems_;
};

}  // namespace

Problems check_rules(const lists::RuleBook& book, const config::Config& config) {
  return Linter(book, config).run();
}

}  // namespace badclients::admin
