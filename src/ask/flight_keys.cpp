#include "ask/flight_keys.hpp"

#include "cache/key.hpp"

namespace badclients::ask {

using facts::Wanted;

namespace {

/// Whether all wanted answers are known to be wider than the block.
bool too_wide(const Wanted& wanted, const facts::Facts& known) {
  const auto& [origin, registration] = known.provisional;
  return (wanted.origin || wanted.registration) && (!wanted.origin || origin.known()) &&
         (!wanted.registration || registration.known());
}

}  // namespace

std::vector<FlightKey> flight_keys(const net::Address& address, const cache::Blocks& blocks,
                                   const Wanted& wanted, const facts::Facts& known) {
  if (!wanted.any()) return {};
  auto own = wanted;
  own.origin = own.as_description = own.registration = false;
  auto common = wanted;
  common.reverse_names = common.confirmed_names = false;
  common.dnsbl_zones.clear();
  std::vector<FlightKey> keys;
  const auto add = [&](const Wanted& part, cache::Kind kind, unsigned prefix) {
    if (!part.any()) return;
    const cache::Place place{kind, net::Network{address, prefix}};
    keys.push_back({SingleFlight::number(key_of(place, cache::Outcome::known)), part});
  };
  add(own, cache::Kind::reverse_names, address.bits());
  add(common, cache::Kind::registration,
      too_wide(common, known) ? address.bits() : blocks.around(address));
  return keys;
}

}  // namespace badclients::ask
