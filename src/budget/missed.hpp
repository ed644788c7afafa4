#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

/// Logins that were decided without facts that could not be had, summed up by all processes of a
/// host, so that the log has one warning a minute and not one a login.
namespace badclients::budget {

/// What one login missed, in words: each once.
struct Missed {
  std::vector<std::string> facts;  ///< "registration", "origin AS", ...
  std::vector<std::string> lists;  ///< that were not compared: "entity.deny", "client rules", ...
};

struct MissedSums {
  std::uint64_t logins = 0;
  facts::Time since;                           ///< the first of them
  std::map<std::string, std::uint64_t> facts;  ///< how many logins missed it
  std::map<std::string, std::uint64_t> lists;

  static MissedSums of(const Missed& one, facts::Time now);
};

/// In budget.db.
class MissedLog {
 public:
  using Clock = std::function<facts::Time()>;
  MissedLog(std::string state_path, Clock clock)
      : state_path_(std::move(state_path)), clock_(std::move(clock)) {}

  /// Adds a login. The sums, where it is time to tell them: the last ones were told a minute ago;
  /// they begin anew then. Where others keep it locked for longer than `patience`, the login is not
  /// counted. Error: why the memory cannot be used; or it is locked, and nobody was told for a
  /// minute: perhaps nobody can count.
  tl::expected<std::optional<MissedSums>, std::string> add(const Missed& missed,
                                                           std::chrono::milliseconds patience);
  /// What nobody has been told of yet. Error: as add().
  [[nodiscard]] tl::expected<MissedSums, std::string> untold() const;

 private:
  std::string state_path_;
  Clock clock_;
};

inline constexpr std::chrono::seconds between_warnings{60};

}  // namespace badclients::budget
