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

/// How long a login waits for facts that its audit line alone shows, from when it begins to gather.
inline constexpr std::chrono::milliseconds longest_for_line{1000};

/// What a process keeps from one login to the next. Each login checks whether the disk still has
/// the same.
struct Kept {
  std::optional<cache::Cache> cache;
  facts::GeoFiles databases;
  registry::LocalData registry;
  std::optional<Remembered> remembered;  ///< of the last gather(), if its facts are such
};

struct Gathering {
  const config::Config& config;
  const std::string& config_path;  ///< handed to the helper
  base::Deadline deadline;
  facts::Time now;
  bool ask = true;       ///< false: only what this host knows counts, nobody is asked
  bool refresh = false;  ///< stale answers do not serve, they are asked for again
  /// The facts that rules look at: for these a provisional answer serves only if the address' own
  /// answer cannot be had.
  facts::Wanted by_rules{};
  /// Whether a rule looks at handles that RIPE's bulk data leaves out.
  bool persons = false;
  /// Which of the facts `of` that registry data does not tell rules still look at. Empty function:
  /// by_rules, persons.
  std::function<facts::Needed(const facts::Facts& so_far, const facts::Wanted& of)> needed{};
  bool proven = true;  ///< budget::Purpose
  /// Says until when a login waits at most for unknown facts, given those known so far. Is called
  /// before the first question and after each answer. `to_come`: which unknown facts may still
  /// come. base::not_at_all: the facts are enough, open questions are given up, and no more are
  /// asked. Empty function: this is no login, and waits until the deadline.
  std::function<base::Deadline(const facts::Facts& so_far, const facts::Wanted& to_come)>
      wait_until{};
  /// All that is wanted is asked for, even if the cache knows it or another process asks; a cached
  /// answer serves if none can be had anew.
  bool anew = false;
  /// The user, if logins that wait for the network are counted (WaitingPlace). If there is no place
  /// for this one, what it would wait for has failed, and the background may ask. nullptr: it
  /// waits, however many others do.
  const std::string* counted_user = nullptr;
  Kept* kept = nullptr;  ///< nullptr: nothing is kept
};

/// Login -> Facts: from registry data, then the cache, the GeoIP databases, and the helper for what
/// is still unknown. Remembers what was asked for. Never throws, never waits past the deadline
/// (except for the moment that storing takes), and starts nothing after it.
///
/// If registry data answered, nobody is asked about a login's network for what its audit line alone
/// shows: origin, descriptions and registration that no rule needs are then not_asked. If `needed`
/// has the handles that RIPE's data leaves out, the live source is asked
/// (facts::Facts::without_persons). A fact that a rule needs, and that has no other source than
/// registry data, fails if that does not have it.
///
/// If another process asks already, waits for it and takes its answer from the cache
/// (SingleFlight); if that process ends without an answer, asks itself. A stale answer serves as it
/// is (background.hpp refreshes it).
///
/// The address that counts is address.carried(). `wanted` is what may be asked about it
/// (facts::Scope::narrowed): nothing here narrows it.
///
/// Facts that nobody wants, and those that were given up because the others are enough
/// (base::not_at_all), are not_asked. A wanted fact that could not be had has failed, unless a
/// stale answer serves (Provenance::stale_cache). If this is no login, each new failure is a
/// warning; a remembered one was a warning before.
facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings);

/// Asks anew for the wanted facts that are stale or missing, unless another process asks for them,
/// and remembers the answers. `flights` may have their questions already. Remembers all failures,
/// too, whatever their cause, so that not every login tries again.
void refresh(const net::Address& address, const facts::Wanted& wanted, Gathering how,
             SingleFlight& flights, std::vector<std::string>& warnings);

}  // namespace badclients::ask
