#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ask/single_flight.hpp"
#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::ask {

/// How long facts that are still unknown are worth waiting for.
enum class Patience : std::uint8_t {
  deadline,  ///< a rule looks at one of them: until the deadline
  line,      ///< only the audit line shows them: for longest_for_line at most
  none,      ///< not at all: what was asked is given up, and nothing more is asked
};

/// From the first question of a login on.
inline constexpr std::chrono::milliseconds longest_for_line{1000};

struct Gathering {
  const config::Config& config;
  const std::string& config_path;  ///< handed to the helper
  base::Deadline deadline;
  facts::Time now;
  bool ask = true;       ///< false: what the cache and the GeoIP databases know, nothing else
  bool refresh = false;  ///< answers past their time do not serve: they are asked for again, too
  /// Those facts for which a provisional answer will not do where the address' own can be had.
  facts::Wanted by_rules{};
  bool proven = true;  ///< budget::Purpose
  /// Judges the facts so far: before the first question, and after each answer. Nothing: until the
  /// deadline.
  std::function<Patience(const facts::Facts& so_far)> judge{};
  /// All that is wanted is asked for, whatever the cache knows and whoever asks already; what
  /// cannot be had anew still serves.
  bool anew = false;
};

/// Login -> Facts: the cache first, the GeoIP databases, then the helper for what is still unknown;
/// what was asked for is remembered. Never throws, never waits past the deadline (but for the
/// moment that storing takes), and starts nothing after it.
///
/// What another process is asking for already is waited for, and taken from the cache (Turns);
/// where that process ends without an answer, its question is asked here. An answer past its time
/// but within `stale` serves as it is (background.hpp is for refreshing it).
///
/// `address` is taken as the one that counts (Address::carried). Of a special-purpose address only
/// the reverse names are asked for: no other is anybody's business outside.
///
/// Facts that nobody wants, and those that were given up because the others are enough
/// (Patience::none), are not_asked. What else is wanted and could not be had is failed, but for an
/// answer past its time (Provenance::stale_cache) that could not be had anew. Where nobody judges,
/// each trouble of now is a warning; a failure that is only remembered was one before.
facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings);

/// Asks anew for those of the wanted facts that are past their time, as far as their turn is free
/// or `turns` has it already, and remembers the answers; failures too, whatever they come from, so
/// that not every login tries it again.
void refresh(const net::Address& address, const facts::Wanted& wanted, Gathering how,
             SingleFlight& turns, std::vector<std::string>& warnings);

}  // namespace badclients::ask
