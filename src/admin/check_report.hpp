#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"
#include "facts/wanted.hpp"
#include "verdict/decider.hpp"

namespace badclients::admin {

/// Everything that `badclientsctl check` found out about one login, before it is printed.
struct Report {
  facts::Login login;
  facts::Facts facts;
  facts::Wanted wanted;  ///< what was looked for
  bool offline = false;  ///< the network was not asked
  facts::Time now;
  std::vector<verdict::Match> matches;
  facts::Verdict verdict;
  bool local = false;  ///< the verdict stands whatever the network knows: a login asks nothing
  std::string audit_line;
  std::optional<std::string> maxmind_line;
  /// The lists, or one of them, cannot be read as they are now: some rules are older ones, or are
  /// not known.
  bool old_rules = false;
  std::vector<std::string> warnings;
};

/// Exit code of check: 0 allowed, 1 denied, 2 undecided, or by old rules.
int exit_code(const Report& report);
/// Of several: the highest.
int exit_code(const std::vector<Report>& reports);

/// For people: aligned, with every foreign byte fit for a terminal. Ends with a line end.
std::string as_text(const Report& report, const config::Config& config);

/// Of several: a line each, and how many there are of which kind.
std::string as_text(const std::vector<Report>& reports);

/// For programs; badclientsctl(8) lists the keys. Bytes that are not UTF-8 become U+FFFD.
nlohmann::ordered_json as_json(const Report& report, const config::Config& config);

}  // namespace badclients::admin
