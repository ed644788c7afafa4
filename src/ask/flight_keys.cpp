#include "ask/flight_keys.hpp"

#include "cache/key.hpp"

namespace badclients::ask {

namespace {

SingleFlight::Question question_about(const net::Network& network, cache::Kind kind) {
  return SingleFlight::number(cache::key_of(network, kind, cache::Outcome::known));
}

/// Whether the answers to all that is wanted are wider than the block.
bool too_wide(const facts::Wanted& wanted, const facts::Facts& known) {
  const auto& [origin, registration] = known.provisional;
  return (wanted.origin || wanted.registration) && (!wanted.origin || origin.known()) &&
         (!wanted.registration || registration.known());
}

}  // namespace

std::vector<FlightKey> flight_keys(const net::Address& address,
                                   const config::Config::Cache& settings,
                                   const facts::Wanted& wanted, const facts::Facts& known) {
  facts::Wanted own, common;
  own.reverse_names = wanted.reverse_names;
  own.confirmed_names = wanted.confirmed_names;
  own.dnsbl_zones = wanted.dnsbl_zones;
  common.origin = wanted.origin;
  common.as_description = wanted.as_description;
  common.registration = wanted.registration;

  const cache::Blocks blocks{settings.ipv4_network, settings.ipv6_network};
  std::vector<FlightKey> shares;
  if (own.any()) {
    const net::Network alone{address, address.bits()};
    shares.push_back({question_about(alone, cache::Kind::reverse_names), own, 0});
  }
  if (common.any()) {
    const net::Network block{address,
                             too_wide(common, known) ? address.bits() : blocks.around(address)};
    shares.push_back({question_about(block, cache::Kind::registration), common, 0});
  }
  return shares;
}

}  // namespace badclients::ask
