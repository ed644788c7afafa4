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

bool may_be_confirmed(const facts::ReverseNames& names) {
  return std::any_of(names.begin(), names.end(), [](const facts::ReverseName& name) {
    return name.confirmed == facts::Confirmed::not_asked;
  });
}

bool descriptions_may_come(const facts::Origin& origin, const facts::Facts& facts) {
  const auto asns = facts::described_asns(origin);
  return std::any_of(asns.begin(), asns.end(), [&](std::uint32_t asn) {
    const auto* description = facts::description_of(facts, asn);
    return description == nullptr || open(*description);
  });
}

}  // namespace

Unknown::Unknown(const facts::Facts& facts, const facts::Wanted& wanted,
                 const config::Config& config)
    : network_(wanted) {
  const auto& names = facts.reverse_names;
  // Only confirmed names allow.
  const bool confirmation = wanted.confirmed_names && may_be_confirmed(names.value);
  network_.reverse_names &= names.known() ? confirmation : open(names);
  network_.origin &= open(facts.origin);
  network_.as_description &=
      facts.origin.known() ? descriptions_may_come(facts.origin.value, facts) : network_.origin;
  network_.registration &= open(facts.registration);
  std::erase_if(network_.dnsbl_zones, [&](const std::string& zone) {
    const auto* listing = facts::find(facts.dnsbl, zone);
    return listing != nullptr && !open(*listing);
  });
  if (!config.general.enable_maxmind) return;
  const auto& databases = config.maxmind;
  geo_city_ = !databases.geo_city.empty() && open(facts.geo_city);
  geo_asn_ = !databases.geo_asn.empty() && open(facts.geo_asn);
  geo_anonymous_ = !databases.anonymous_ip.empty() && open(facts.geo_anonymous);
}

bool Unknown::may_come(Field field) const {
  switch (field) {
    case Field::rev_host:
      return network_.reverse_names;
    case Field::asn:
      return network_.origin || geo_asn_;
    case Field::as_cc:
      return network_.origin;
    case Field::as_dscr:
      return network_.as_description;
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      return network_.registration;
    case Field::dnsbl:
      return !network_.dnsbl_zones.empty();
    case Field::maxmind_as_org:
      return geo_asn_;
    case Field::maxmind_geo_loc:
    case Field::maxmind_geo_cc:
    case Field::maxmind_coords:
      return geo_city_;
    case Field::maxmind_anonymous:
      return geo_anonymous_;
    case Field::ip_net:
    case Field::client_id:
    case Field::user:
    case Field::user_name:
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
