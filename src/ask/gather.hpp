#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ask/remembered.hpp"
#include "ask/single_flight.hpp"
#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "cache/cache.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/geoip.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"
#include "registry/local_facts.hpp"

namespace badclients::ask {

/// A login waits so long for what its audit line alone shows, from its first question on.
inline constexpr std::chrono::milliseconds longest_for_line{1000};

/// What a process keeps from one login to the next. Each login looks whether it still is what the
/// disk has.
struct Kept {
  std::optional<cache::Cache> cache;
  facts::GeoFiles databases;
  registry::LocalData registry;
  std::optional<Remembered> remembered;  ///< what the last gather() gave; nothing: it was more
};

struct Gathering {
  const config::Config& config;
  const std::string& config_path;  ///< handed to the helper
  base::Deadline deadline;
  facts::Time now;
  bool ask = true;       ///< false: what the cache and the GeoIP databases know, nothing else
  bool refresh = false;  ///< stale answers do not serve: they are asked for again, too
  /// Those facts for which a provisional answer will not do where the address' own can be had.
  facts::Wanted by_rules{};
  /// Whether a rule looks at handles that RIPE's bulk data leaves out.
  bool persons = false;
  /// What rules still look at, of what registry data does not tell. Nothing: by_rules, persons.
  std::function<facts::Needed(const facts::Facts& so_far, const facts::Wanted& of)> needed{};
  bool proven = true;  ///< budget::Purpose
  /// Until when a login waits for facts that are still unknown, at most, as far as those so far
  /// tell: heard before the first question, and after each answer. Of what is unknown, `to_come`
  /// may still come. base::not_at_all: they are enough, what was asked is given up, and nothing
  /// more is asked. Nothing: it is no login, and waits until the deadline.
  std::function<base::Deadline(const facts::Facts& so_far, const facts::Wanted& to_come)>
      wait_until{};
  /// All that is wanted is asked for, whatever the cache knows and whoever asks already; what
  /// cannot be had anew still serves.
  bool anew = false;
  /// Whose login it is, where those who wait for the network are counted (WaitingPlace): where
  /// there is no place for it, what it would wait for has failed, and the background may ask.
  /// nullptr: it waits, however many others do.
  const std::string* counted_user = nullptr;
  Kept* kept = nullptr;  ///< nullptr: nothing is kept
};

/// Login -> Facts: registry data first, the cache, the GeoIP databases, then the helper for what is
/// still unknown; what was asked for is remembered. Never throws, never waits past the deadline
/// (except for the moment that storing takes), and starts nothing after it.
///
/// Where registry data answered, nobody is asked about a login's network for what its audit line
/// alone shows: origin, descriptions and registration are then not_asked, as far as no rule needs
/// them. Where `needed` has the handles that RIPE's data leaves out, the live source is asked
/// (facts::Facts::without_persons). What has no other source than registry data, and a rule needs,
/// fails where that does not have it.
///
/// What another process asks already is waited for, and taken from the cache (SingleFlight); where
/// that process ends without an answer, its question is asked here. A stale answer serves as it is
/// (background.hpp refreshes it).
///
/// `address` is taken as the one that counts (Address::carried). `wanted` is what may be asked
/// about it (facts::Scope::narrowed): nothing here narrows it.
///
/// Facts that nobody wants, and those that were given up because the others are enough
/// (base::not_at_all), are not_asked. What else is wanted and could not be had is failed, except
/// where a stale answer (Provenance::stale_cache) serves that could not be had anew. Where it is no
/// login, each failure of now is a warning; a failure that is only remembered was one before.
facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings);

/// Asks anew for those of the wanted facts that are stale, as far as nobody else asks for them or
/// `flights` has their questions already, and remembers the answers; failures too, whatever they
/// come from, so that not every login tries it again.
void refresh(const net::Address& address, const facts::Wanted& wanted, Gathering how,
             SingleFlight& flights, std::vector<std::string>& warnings);

}  // namespace badclients::ask
