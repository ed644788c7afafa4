#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "logs/geo.hpp"
#include "logs/login.hpp"
#include "logs/places.hpp"

namespace badclients::logs {

/// Which logins: at `since` or later, before `until`. A login whose line has no time counts always.
struct Range {
  std::optional<facts::Time> since, until;
};

/// What was read.
struct Tally {
  std::uint64_t logins = 0;           ///< in the range
  bool outside = false;               ///< whether there was one outside of it
  std::vector<std::string> sources;   ///< names of those that were read
  std::vector<std::string> troubles;  ///< what could not be read, or not to its end

  /// Whether there was an audit line of any time.
  [[nodiscard]] bool any() const { return logins != 0 || outside; }
  /// Why there was none: what was looked at, what could not be read.
  [[nodiscard]] std::string why_none() const;
};

/// Calls `use` with every login in the range of the first place that has an audit line of any time,
/// in the order of its sources and of their lines. Where no place has one, the tally is of all of
/// them. `now`: the time of standard input's last line; a file's is its time of modification.
/// `use_geo` hears of second lines, wherever they are in time. Takes memory for one line; what is
/// kept is the caller's.
Tally read(const std::vector<Place>& places, const Range& range, facts::Time now,
           const std::function<void(const Login&)>& use,
           const std::function<void(const Geo&)>& use_geo = {});

/// The same with Dovecot's lines.
Tally read_dovecots(const std::vector<Place>& places, const Range& range, facts::Time now,
                    const std::function<void(const Login&)>& use);

/// The same with Dovecot's failed questions to its policy server.
Tally read_failed_policy(const std::vector<Place>& places, const Range& range, facts::Time now,
                         const std::function<void(const Login&)>& use);

}  // namespace badclients::logs
