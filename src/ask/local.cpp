#include "ask/local.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

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

void Local::fill(const Wanted& wanted, facts::Facts& facts) {
  auto part = about_network(wanted);
  if (!config::has_local(config_.lookup.origin)) part.origin = part.as_description = false;
  part.registration &= config::has_local(config_.lookup.registration);
  if (!part.any()) return;
  const auto store = data_.current(config_.general.state_path);
  if (!store) return warnings_.push_back(store.error());
  if (*store == nullptr) return;
  const registry::Age age{now_, config_.registry.max_age};
  const auto filled = registry::fill(**store, address_, part, age, facts);
  told_.origin = is_told(facts.origin);
  told_.as_description = are_told(facts);
  told_.registration = is_told(facts.registration);
  if (!filled) return warnings_.push_back(filled.error());
  if (!filled->outdated.empty()) warn_of_age(filled->outdated);
}

facts::Fact<facts::Registration> Local::take_back_registration(facts::Facts& facts) {
  told_.registration = false;
  return std::exchange(facts.registration, {});
}

void Local::warn_of_age(const std::vector<std::string>& files) {
  warnings_.push_back(fmt::format(
      "registry data: older than registry/max_age, and not used: {} (badclientsctl registry update "
      "fetches it)",
      fmt::join(files, ", ")));
}

}  // namespace badclients::ask
