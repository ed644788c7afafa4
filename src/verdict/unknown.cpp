#include "verdict/unknown.hpp"

#include <algorithm>
#include <string>

#include "facts/kinds.hpp"

namespace badclients::verdict {

using lists::Field;

namespace {

template <class T>
bool open(const facts::Fact<T>& fact) {
  return fact.knowledge == facts::Knowledge::not_asked;
}

bool names_may_come(const facts::Facts& facts, const facts::Wanted& wanted) {
  const auto& names = facts.reverse_names;
  if (!wanted.reverse_names) return false;
  if (!names.known()) return open(names);
  // Only confirmed names allow.
  return wanted.confirmed_names &&
         std::any_of(names.value.begin(), names.value.end(), [](const facts::ReverseName& name) {
           return name.confirmed == facts::Confirmed::not_asked;
         });
}

bool descriptions_may_come(const facts::Facts& facts, const facts::Wanted& wanted) {
  if (!wanted.as_description) return false;
  if (!facts.origin.known()) return wanted.origin && open(facts.origin);
  const auto asns = facts::described_asns(facts.origin.value);
  return std::any_of(asns.begin(), asns.end(), [&](std::uint32_t asn) {
    const auto* description = facts::description_of(facts, asn);
    return description == nullptr || open(*description);
  });
}

auto listing_of(const facts::Facts& facts, const std::string& zone) {
  return std::find_if(facts.dnsbl.begin(), facts.dnsbl.end(),
                      [&](const auto& listing) { return listing.value.zone == zone; });
}

bool listing_may_come(const facts::Facts& facts, const facts::Wanted& wanted) {
  const auto& zones = wanted.dnsbl_zones;
  return std::any_of(zones.begin(), zones.end(), [&](const auto& zone) {
    const auto listing = listing_of(facts, zone);
    return listing == facts.dnsbl.end() || open(*listing);
  });
}

}  // namespace

bool may_come(Field field, const facts::Facts& facts, const facts::Wanted& wanted,
              const config::Config& config) {
  const auto from = [&](const auto& fact, const std::string& database) {
    return config.general.enable_maxmind && !database.empty() && open(fact);
  };
  const auto& databases = config.maxmind;
  switch (field) {
    case Field::rev_host:
      return names_may_come(facts, wanted);
    case Field::asn:
      return (wanted.origin && open(facts.origin)) || from(facts.geo_asn, databases.geo_asn);
    case Field::as_cc:
      return wanted.origin && open(facts.origin);
    case Field::as_dscr:
      return descriptions_may_come(facts, wanted);
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      return wanted.registration && open(facts.registration);
    case Field::dnsbl:
      return listing_may_come(facts, wanted);
    case Field::maxmind_as_org:
      return from(facts.geo_asn, databases.geo_asn);
    case Field::maxmind_geo_loc:
    case Field::maxmind_geo_cc:
    case Field::maxmind_coords:
      return from(facts.geo_city, databases.geo_city);
    case Field::maxmind_anonymous:
      return from(facts.geo_anonymous, databases.anonymous_ip);
    case Field::ip_net:
    case Field::client_id:
    case Field::user:
    case Field::service:
    case Field::master:
      break;
  }
  return false;
}

facts::Facts given_up(facts::Facts facts, const facts::Wanted& wanted,
                      const config::Config& config) {
  const auto give_up = [](auto& fact) {
    if (open(fact)) fact.knowledge = facts::Knowledge::failed;
  };
  facts::each_wanted(wanted, facts, facts::likely_origin(facts), give_up);
  if (!config.general.enable_maxmind) return facts;
  const auto& [city, asn, anonymous] = config.maxmind;
  if (!city.empty()) give_up(facts.geo_city);
  if (!asn.empty()) give_up(facts.geo_asn);
  if (!anonymous.empty()) give_up(facts.geo_anonymous);
  return facts;
}

bool awaits_own(const facts::Facts& facts, const facts::Wanted& wanted) {
  const auto& [origin, registration] = facts.provisional;
  return (wanted.origin && open(facts.origin) && origin.known()) ||
         (wanted.registration && open(facts.registration) && registration.known());
}

facts::Facts without_provisional(facts::Facts facts, const facts::Wanted& wanted) {
  if (wanted.origin && open(facts.origin)) {
    facts.provisional.origin = {};
    facts.as_descriptions.clear();
  }
  if (wanted.registration && open(facts.registration)) facts.provisional.registration = {};
  return facts;
}

}  // namespace badclients::verdict
