#include "network/questions/registration.hpp"

#include <algorithm>
#include <utility>

namespace badclients::network {

namespace {

using config::RegistrationSource;
using Known = Learnt<facts::Registration>;

bool is_nothing(const facts::Registration& registration) {
  return registration == facts::Registration{};
}

/// Whether WHOIS may say more than this RDAP answer: LACNIC's has no names, AFRINIC's has the
/// organisation's handle for one. ARIN has no country in either.
bool is_incomplete(const facts::Registration& registration) {
  const auto is_arins = [](const std::string& handle) { return handle.ends_with("-ARIN"); };
  return registration.name.empty() ||
         (registration.country.empty() && std::ranges::none_of(registration.entities, is_arins));
}

/// What RDAP left out, from WHOIS.
void fill_in(facts::Registration& registration, const facts::Registration& more) {
  if (registration.name.empty()) registration.name = more.name;
  if (registration.country.empty()) registration.country = more.country;
  if (registration.entities.empty()) registration.entities = more.entities;
  if (!registration.range) registration.range = more.range;
}

}  // namespace

Outcome<facts::Registration> ask_registration(const QueryContext& context,
                                              const net::Address& address,
                                              std::optional<Registry> registry) {
  const auto sources = config::live(context.config.lookup.registration);
  std::optional<Known> by_rdap;  // which leaves something out
  QueryFailures failures("lookup/registration is none");
  for (std::size_t i = 0; i < sources.size(); ++i) {
    // An answer that we have must not be lost by waiting for more.
    const bool keeps_time = i + 1 < sources.size() || (by_rdap && !is_nothing(by_rdap->value));
    const auto one = keeps_time ? context.for_half_of_the_time() : context;
    const bool rdap = sources[i] == RegistrationSource::rdap;
    auto outcome = rdap ? ask_registration_by_rdap(one, address, registry)
                        : ask_registration_by_whois(one, address, registry);
    if (!outcome) {
      failures.add(std::move(outcome.error()));
    } else if (rdap && is_incomplete(outcome->value)) {
      by_rdap = std::move(*outcome);
    } else if (by_rdap && !is_nothing(by_rdap->value)) {
      fill_in(by_rdap->value, outcome->value);
      return std::move(*by_rdap);
    } else {
      return outcome;
    }
  }
  if (!by_rdap) return tl::unexpected(std::move(failures).all());
  if (failures.none()) return std::move(*by_rdap);
  if (is_nothing(by_rdap->value)) {
    failures.add(
        {by_rdap->source, by_rdap->source + ": knows of nothing, which WHOIS was to confirm"});
    return tl::unexpected(std::move(failures).all());
  }
  by_rdap->ttl = std::min(by_rdap->ttl, context.config.cache.negative_ttl);
  return std::move(*by_rdap);
}

}  // namespace badclients::network
