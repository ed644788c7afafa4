#include "admin/replay/rebuild.hpp"

#include "config/scope.hpp"

namespace badclients::admin::replay {

namespace {

using lists::Field;

template <class T>
facts::Fact<T> known(T value) {
  facts::Fact<T> fact;
  fact.knowledge = facts::Knowledge::known;
  fact.from = facts::Provenance::cache;
  fact.value = std::move(value);
  return fact;
}

facts::Facts facts_of(const logs::Login& logged, const facts::Scope& scope) {
  facts::Facts facts;
  if (logged.host_known) {
    facts::ReverseNames names;
    if (!logged.host.empty()) names.push_back({logged.host, facts::Confirmed::not_asked});
    facts.reverse_names = known(std::move(names));
  }
  if (scope.special_purpose) return facts;  // the rest of the line is not about a network
  if (logged.asn != 0) {
    facts::Origin origin;
    origin.asns = {logged.asn};
    origin.country = logged.as_cc;
    facts.origin = known(std::move(origin));
    if (!logged.as_desc.empty()) {
      facts.as_descriptions.push_back(known(facts::AsDescription{logged.asn, logged.as_desc}));
    }
  }
  if (!logged.net_name.empty() || !logged.net_cc.empty() || !logged.entities.empty()) {
    facts.registration =
        known(facts::Registration{logged.net_name, logged.net_cc, logged.entities, {}});
  }
  return facts;
}

/// Which of the unknown ones failed is not logged.
void let_fail(facts::Facts& facts) {
  const auto fail = [](auto& fact) {
    if (!fact.known()) fact.knowledge = facts::Knowledge::failed;
  };
  fail(facts.reverse_names);
  fail(facts.origin);
  fail(facts.registration);
  if (facts.origin.known() && facts.as_descriptions.empty()) {
    facts.as_descriptions.emplace_back().value.asn = facts.origin.value.asns.front();
    facts.as_descriptions.back().knowledge = facts::Knowledge::failed;
  }
}

bool may_lack_persons(const lists::Index& index, const logs::Login& logged) {
  // Partial: the live source, which knows them, may be what failed.
  return index.names_persons() && (logged.facts == to_string(facts::Freshness::local) ||
                                   logged.facts == to_string(facts::Freshness::partial));
}

}  // namespace

Rebuilt rebuild(const logs::Login& logged, const config::Config& config, const logs::Geo* geo) {
  Rebuilt result;
  auto& login = result.login;
  login.user = logged.user;
  login.service = logged.service;
  if (const auto address = net::Address::parse(logged.ip)) login.address = *address;
  login.client_id = logged.client_id;
  login.session = logged.session;
  login.master = logged.master;
  login.scope = config::scope_of(login, config);
  result.facts = facts_of(logged, login.scope);
  if (logged.facts == to_string(facts::Freshness::partial)) let_fail(result.facts);
  if (geo != nullptr && config.general.enable_maxmind) {
    result.facts.geo_city = geo->city;
    result.facts.geo_asn = geo->asn;
  }
  return result;
}

bool is_untold(const lists::Index& index, const logs::Login& logged,
               const verdict::Subject& subject, Field field, lists::Action action) {
  switch (field) {
    case Field::ip_net:
      return false;
    case Field::user:
    case Field::user_name:
    case Field::master:
    case Field::service:
    case Field::client_id:
      return was_cut(logged, lists::name(field));  // else the login knew no more
    case Field::dnsbl:
      return true;
    case Field::rev_host:
      if (action == lists::Action::allow && !logged.host.empty()) return true;
      break;
    case Field::entity:
      if (was_cut(logged, "entity") || may_lack_persons(index, logged)) return true;
      break;
    default:
      break;
  }
  return subject.unmatched(field) != verdict::Truth::no;
}

}  // namespace badclients::admin::replay
