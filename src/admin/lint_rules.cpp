// check_rules: entries that can never match, or match something else than they seem to, wherever
// they are written; clients that refuse nobody, or everybody.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "admin/lint.hpp"
#include "base/text.hpp"
#include "facts/geoip_survey.hpp"
#include "net/network.hpp"
#include "network/transport/dns.hpp"

namespace badclients::admin {

using lists::Field;

namespace {

using Maxmind = config::Config::Maxmind;
using Survey = facts::GeoSurvey;

/// The database that a field's values come from, and what it has to have.
struct Database {
  Field field;
  std::string Maxmind::*path;
  const char* key;
  bool Survey::*has;
  const char* what;
};
constexpr std::array<Database, 6> databases{{
    {Field::asn, &Maxmind::geo_asn, "geo_asn", &Survey::asn, "AS numbers"},
    {Field::maxmind_as_org, &Maxmind::geo_asn, "geo_asn", &Survey::organization, "organisations"},
    {Field::maxmind_geo_loc, &Maxmind::geo_city, "geo_city", &Survey::geoname_ids, "GeoName IDs"},
    {Field::maxmind_geo_cc, &Maxmind::geo_city, "geo_city", &Survey::country, "countries"},
    {Field::maxmind_coords, &Maxmind::geo_city, "geo_city", &Survey::coordinates, "coordinates"},
    {Field::maxmind_anonymous, &Maxmind::anonymous_ip, "anonymous_ip", &Survey::flags,
     "flags that are true"},
}};

/// Why no database gives the values of a field; empty where one does, and where it cannot be read,
/// which is said elsewhere.
std::string missing_database(Field field, const config::Config& config) {
  const auto* const wanted = std::ranges::find(databases, field, &Database::field);
  if (wanted == databases.end()) return "";
  if (!config.general.enable_maxmind) return "general/enable_maxmind is no";
  const auto& path = config.maxmind.*wanted->path;
  if (path.empty()) return fmt::format("maxmind/{} names no database", wanted->key);
  const auto survey = facts::survey(path);
  if (!survey || (*survey).*wanted->has) return "";
  return fmt::format("{} (maxmind/{}) has no {}", path, wanted->key, wanted->what);
}

/// Why no origin is ever known here.
std::string missing_origin(const Lint& lint) {
  const auto& origin = lint.config.lookup.origin;
  if (origin.empty()) return "lookup/origin is none";
  return !config::live(origin).empty() || lint.registry.routes
             ? ""
             : "lookup/origin is local, and registry/sources does not name ris, nor has "
               "registry.db any of it";
}

/// Why a field is never known here; empty where it is looked up.
std::string missing_source(Field field, const Lint& lint) {
  const auto& config = lint.config;
  const auto& lookup = config.lookup;
  switch (field) {
    case Field::rev_host:
      return lookup.reverse_dns ? "" : "lookup/reverse_dns is no";
    case Field::as_cc:
    case Field::as_dscr:
      return missing_origin(lint);
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      if (lookup.registration.empty()) return "lookup/registration is none";
      return !config::live(lookup.registration).empty() || lint.registry.registrations
                 ? ""
                 : "lookup/registration is local, and registry/sources names "
                   "none of ripe, apnic, afrinic, nor has registry.db any of them";
    case Field::asn: {
      const auto no_origin = missing_origin(lint);
      const auto missing = no_origin.empty() ? "" : missing_database(field, config);
      return missing.empty() ? "" : fmt::format("{}, and {}", no_origin, missing);
    }
    default:
      return missing_database(field, config);
  }
}

/// Resolvers that everybody may use: those who run block lists do not know who asks through them.
constexpr std::array<std::string_view, 4> public_resolvers{
    "8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844",       // Google
    "1.1.1.1 1.0.0.1 2606:4700:4700::1111 2606:4700:4700::1001",       // Cloudflare
    "9.9.9.9 149.112.112.112 2620:fe::fe 2620:fe::9",                  // Quad9
    "208.67.222.222 208.67.220.220 2620:119:35::35 2620:119:53::53"};  // OpenDNS

void check_resolvers(Lint& lint, lists::Where where) {
  for (const auto& server : network::nameservers(lint.config.dns)) {
    const auto address = server.address.str();
    const auto is_of = [&](std::string_view provider) {
      const auto all = base::words(provider);
      return std::ranges::find(all, address) != all.end();
    };
    if (std::ranges::none_of(public_resolvers, is_of)) continue;
    return lint.say(Severity::warning, where,
                    fmt::format("dnsbl: DNS is asked through {}, which everybody may use: most "
                                "block lists refuse to answer it (set dns/nameserver to a resolver "
                                "of your own)",
                                address));
  }
}

void check_ignored(Lint& lint, lists::Where where, std::string_view value) {
  const auto network = net::Network::parse(value);
  if (!network) return;
  const auto& all = lint.config.general.ignore_networks;
  const auto ignored = std::ranges::find_if(
      all, [&](const net::Network& wider) { return wider.contains(*network); });
  if (ignored == all.end()) return;
  lint.say(Severity::warning, where,
           fmt::format("'{}' never counts: it lies in {} of general/ignore_networks", value,
                       ignored->str()));
}

/// Looks at one value after the other.
class Values {
 public:
  explicit Values(Lint& lint) : lint_(lint) {}

  void check(lists::Where where, Value value) {
    if (seen_.insert(value.field).second) check_source(value.field, where);
    if (value.field == Field::ip_net) check_ignored(lint_, where, value.text);
    check_value(value);
    // What never matches needs no other doubts.
    auto& doubts = value.doubts;
    const auto never = std::ranges::find(doubts, Severity::error, [](auto& d) { return d.first; });
    if (never != doubts.end()) return lint_.say(never->first, where, std::move(never->second));
    for (auto& [severity, text] : doubts) lint_.say(severity, where, std::move(text));
  }

 private:
  /// Of a field, at the first place that looks at it.
  void check_source(Field field, lists::Where where) {
    if (const auto missing = missing_source(field, lint_); !missing.empty()) {
      lint_.say(Severity::error, where,
                fmt::format("{}: nothing here can ever match: {}", lists::name(field), missing));
    }
    if (field == Field::dnsbl) check_resolvers(lint_, where);
  }

  Lint& lint_;
  std::set<Field> seen_;
};

void check_reach(Lint& lint, const lists::ClientRule& rule) {
  const auto positive = std::ranges::count(rule.clauses, false, &lists::Clause::negated);
  const auto services = std::ranges::count_if(rule.clauses, [](const lists::Clause& clause) {
    return clause.field == Field::service && !clause.negated;
  });
  if (positive == 0) {
    lint.say(Severity::warning, rule.where,
             "the rule says only which logins it does not refuse: it refuses all others");
  } else if (services == positive) {
    lint.say(Severity::warning, rule.where,
             "the rule names no app and no network, only a service: it refuses everybody there");
  }
}

/// An enabled client is there to refuse logins, if its file does not say why it cannot.
void check_clients(Lint& lint) {
  for (std::uint32_t i = 0; i < lint.book.clients.size(); ++i) {
    if (!lint.book.clients[i].no_rule.empty()) continue;
    if (std::ranges::count(lint.book.client_rules, i, &lists::ClientRule::client) != 0) continue;
    const auto path = fmt::format("{}/clients/{}{}", lint.config.general.list_path,
                                  lint.book.clients[i].id, lists::client_extension);
    lint.problems.push_back({Severity::warning, path, 0,
                             "is enabled and has no rules that count, so it refuses nobody"});
  }
}

}  // namespace

void check_rules(Lint& lint) {
  Values values(lint);
  for (const auto& entry : lint.book.entries) {
    values.check(entry.where, {entry.field, entry.action, entry.value});
  }
  for (const auto& rule : lint.book.client_rules) {
    check_reach(lint, rule);
    for (const auto& clause : rule.clauses) {
      const bool exempts = clause.negated && clause.field == Field::as_dscr;
      const auto action = exempts ? lists::Action::allow : lists::Action::deny;
      for (const auto& value : clause.values)
        values.check(rule.where, {clause.field, action, value});
    }
  }
  check_clients(lint);
}

}  // namespace badclients::admin
