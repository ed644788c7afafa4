#include "lookup/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "cache/cache.hpp"
#include "cache/servers.hpp"
#include "facts/geoip.hpp"
#include "lookup/helper.hpp"
#include "lookup/wishes.hpp"
#include "net/special.hpp"

namespace badclients::lookup {

namespace {

using facts::Fact;
using facts::Facts;
using facts::Knowledge;
using facts::Provenance;
using facts::Wanted;
using std::chrono::milliseconds;

bool wants_names(const Wanted& wanted) {
  return wanted.reverse_names || wanted.confirmed_names;
}

/// What may be asked about an address at all.
Wanted permitted(const net::Address& address, const Wanted& wanted) {
  if (!net::special_purpose(address)) return wanted;
  Wanted names;
  names.reverse_names = wanted.reverse_names;
  names.confirmed_names = wanted.confirmed_names;
  return names;
}

template <class T>
void drop_unless(bool wanted, Fact<T>& fact) {
  if (!wanted) fact = {};
}

/// The origin is read and asked for where only a registration is wanted, but what nobody wants
/// shall not be in a log by chance.
void drop_unwanted(const Wanted& wanted, Facts& facts) {
  drop_unless(wants_names(wanted), facts.reverse_names);
  drop_unless(wanted.origin, facts.origin);
  drop_unless(wanted.as_description, facts.as_description);
  drop_unless(wanted.registration, facts.registration);
}

/// An answer of now takes the place of what was known; a failure does not.
template <class T>
void adopt(Fact<T>& answer, Fact<T>& into) {
  if (answer.known() || (answer.failed() && !into.known())) into = std::move(answer);
}

void adopt_all(Facts answered, Facts& into) {
  adopt(answered.reverse_names, into.reverse_names);
  adopt(answered.origin, into.origin);
  adopt(answered.as_description, into.as_description);
  adopt(answered.registration, into.registration);
  for (auto& listing : answered.dnsbl) {
    const auto same = [&](const auto& each) { return each.value.zone == listing.value.zone; };
    const auto known = std::find_if(into.dnsbl.begin(), into.dnsbl.end(), same);
    if (known == into.dnsbl.end()) {
      into.dnsbl.push_back(std::move(listing));
    } else {
      adopt(listing, *known);
    }
  }
}

/// What follows from the origin without asking: an address that nobody announces has an empty
/// description, and one whose origin failed has none.
void settle_description(Facts& facts) {
  const auto& origin = facts.origin;
  auto& description = facts.as_description;
  if (description.known()) return;
  if (origin.known() && (origin.value.asns.empty() || origin.value.asns.front() == 0)) {
    description = {Knowledge::known, origin.from,   {}, origin.source, {},
                   origin.learnt,    origin.expires};
  } else if (origin.failed() && description.knowledge == Knowledge::not_asked) {
    description = {Knowledge::failed, origin.from,   {}, origin.source, origin.trouble,
                   origin.learnt,     origin.expires};
  }
}

/// The network has changed hands since its origin was learnt.
bool describes_another_as(const Facts& facts) {
  const auto& asns = facts.origin.value.asns;
  return facts.origin.known() && !asns.empty() && facts.as_description.known() &&
         facts.as_description.value.asn != asns.front();
}

/// The failures of now, those with the same reason together, for the administrator.
class Troubles {
 public:
  void collect(const Facts& facts) {
    collect("reverse name", facts.reverse_names);
    collect("origin AS", facts.origin);
    collect("AS description", facts.as_description);
    collect("registration", facts.registration);
    for (const auto& listing : facts.dnsbl) collect(listing.value.zone, listing);
  }

  /// But for those that a warning names already.
  void warn(const net::Address& address, std::vector<std::string>& warnings) const {
    for (const auto& [trouble, names] : by_trouble_) {
      const auto& reason = trouble;
      const auto told = [&](const std::string& warning) { return warning.ends_with(reason); };
      if (std::any_of(warnings.begin(), warnings.end(), told)) continue;
      warnings.push_back(
          fmt::format("{}: {} unknown: {}", address.str(), fmt::join(names, ", "), reason));
    }
  }

 private:
  template <class T>
  void collect(const std::string& name, const Fact<T>& fact) {
    if (fact.failed()) by_trouble_[fact.trouble].push_back(name);
  }

  std::map<std::string, std::vector<std::string>> by_trouble_;
};

class Gatherer {
 public:
  Gatherer(const net::Address& address, const Wanted& wanted, const Gathering& how,
           std::vector<std::string>& warnings)
      : address_(address), wanted_(permitted(address, wanted)), how_(how), warnings_(warnings) {
    if (wanted_.dnsbl_zones.size() > most_zones) {
      warnings_.push_back(fmt::format("{} DNSBL zones in the lists: only the first {} are asked",
                                      wanted_.dnsbl_zones.size(), most_zones));
      wanted_.dnsbl_zones.resize(most_zones);
    }
  }

  void gather(Facts& facts) {
    if (wanted_.any()) open_cache();
    remember(facts);
    look_up_geoip(facts);
    settle(facts);
    if (how_.ask) {
      const auto wishes = to_ask(wanted_, facts, how_.now, how_.config.cache.negative_ttl);
      // There is no background yet to refresh in: what is old is asked for now.
      ask(wishes.missing + wishes.old, facts);
      describe_anew(facts);
    }
    drop_unwanted(wanted_, facts);
  }

 private:
  void open_cache() {
    auto cache = cache::Cache::open(how_.config.general.state_path, how_.config.cache);
    if (cache) {
      cache_ = std::move(*cache);
    } else {
      warnings_.push_back(cache.error());
    }
  }

  void remember(Facts& facts) {
    if (!cache_) return;
    const auto read = cache_->read(address_, wanted_, facts, how_.now);
    if (!read) warnings_.push_back(read.error());
  }

  void look_up_geoip(Facts& facts) {
    if (!how_.config.general.enable_maxmind) return;
    const auto& maxmind = how_.config.maxmind;
    look_up_geo({maxmind.geo_city, maxmind.geo_asn, maxmind.anonymous_ip}, address_, facts,
                warnings_);
  }

  void settle(Facts& facts) const {
    if (wanted_.as_description) settle_description(facts);
  }

  void ask(const Wanted& wish, Facts& facts) {
    if (!wish.any()) return;
    Request request{address_, wish, how_.deadline, std::nullopt};
    if (facts.origin.known() && !wish.origin) request.origin = facts.origin.value;
    // Apart from what is known, so that a failure is remembered even where an old answer serves.
    Facts answered;
    cache::Servers servers{how_.config.general.state_path, how_.config.budget,
                           [begun = std::chrono::steady_clock::now(), now = how_.now] {
                             return now + (std::chrono::steady_clock::now() - begun);
                           }};
    lookup::ask(how_.config.lookup.helper, how_.config_path, request, how_.now, answered, warnings_,
                &servers);
    if (answered.origin.knowledge == Knowledge::not_asked) answered.origin = facts.origin;
    store(answered);
    Troubles troubles;
    auto asked = answered;
    drop_unwanted(wish, asked);
    troubles.collect(asked);
    troubles.warn(address_, warnings_);
    adopt_all(std::move(answered), facts);
    settle(facts);
  }

  /// The description that was remembered is of the AS that announced the network before.
  void describe_anew(Facts& facts) {
    if (!wanted_.as_description || !describes_another_as(facts)) return;
    facts.as_description = {};
    remember(facts);
    const auto wishes = to_ask(wanted_, facts, how_.now, how_.config.cache.negative_ttl);
    Wanted description;
    description.as_description = wishes.missing.as_description || wishes.old.as_description;
    ask(description, facts);
  }

  void store(const Facts& answered) {
    if (!cache_) return;
    const auto left =
        std::chrono::duration_cast<milliseconds>(how_.deadline - std::chrono::steady_clock::now());
    const auto stored =
        cache_->store(address_, answered, std::clamp(left, milliseconds{20}, milliseconds{200}));
    if (!stored) warnings_.push_back(stored.error());
  }

  net::Address address_;
  Wanted wanted_;
  const Gathering& how_;
  std::vector<std::string>& warnings_;
  std::optional<cache::Cache> cache_;
};

}  // namespace

facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings) {
  Facts facts;
  try {
    Gatherer{address.carried(), wanted, how, warnings}.gather(facts);
  } catch (const std::exception& error) {
    warnings.push_back(fmt::format("internal error while gathering facts: {}", error.what()));
  }
  return facts;
}

}  // namespace badclients::lookup
