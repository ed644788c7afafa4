#include "ask/local.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace badclients::ask {

namespace {

using facts::Wanted;

template <class T>
bool is_told(const facts::Fact<T>& fact) {
  return fact.known() && fact.from == facts::Provenance::local;
}

bool are_told(const facts::Facts& facts) {
  if (!facts.origin.known()) return false;
  const auto asns = facts::described_asns(facts.origin.value);
  return std::ranges::all_of(asns, [&](std::uint32_t asn) {
    const auto* description = facts::description_of(facts, asn);
    return description != nullptr && is_told(*description);
  });
}

}  // namespace

Wanted about_network(const Wanted& wanted) {
  Wanted part;
  part.origin = wanted.origin;
  part.as_description = wanted.as_description;
  part.registration = wanted.registration;
  return part;
}

Wanted askable(Wanted wanted, const config::Config& config) {
  const bool origin = !config::live(config.lookup.origin).empty();
  wanted.origin &= origin;
  wanted.as_description &= origin;
  wanted.registration &= !config::live(config.lookup.registration).empty();
  return wanted;
}

void fill_locally(const net::Address& address, const Wanted& wanted, const config::Config& config,
                  facts::Time now, registry::LocalData& data, facts::Facts& into,
                  std::vector<std::string>& warnings) {
  auto part = about_network(wanted);
  if (!config::has_local(config.lookup.origin)) part.origin = part.as_description = false;
  part.registration &= config::has_local(config.lookup.registration);
  if (!part.any()) return;
  const auto store = data.current(config.general.state_path);
  if (!store) return warnings.push_back(store.error());
  if (*store == nullptr) return;
  const registry::Age age{now, config.registry.max_age};
  const auto filled = registry::fill(**store, address, part, age, into);
  if (!filled) return warnings.push_back(filled.error());
  if (filled->outdated.empty()) return;
  warnings.push_back(fmt::format(
      "registry data: older than registry/max_age, and not used: {} (badclientsctl registry update "
      "fetches it)",
      fmt::join(filled->outdated, ", ")));
}

Wanted told_locally(const facts::Facts& facts) {
  Wanted told;
  told.origin = is_told(facts.origin);
  told.as_description = are_told(facts);
  told.registration = is_told(facts.registration);
  return told;
}

}  // namespace badclients::ask
