#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admin/client_files.hpp"
#include "admin/replay/rules.hpp"
#include "config/config.hpp"
#include "facts/verdict.hpp"
#include "logs/login.hpp"
#include "verdict/decider.hpp"

/// `badclientsctl why`: what became of a login of the log, and why.
namespace badclients::admin::why {

/// A login's line, explained.
struct Explanation {
  logs::Login login;
  std::string rule_text;  ///< what the rule's line says today; empty where it is not there
  std::string client_id;  ///< of the client file; empty where no client's rule matched
  /// What the user of a refused login is told, by today's configuration. Empty: nothing, or that
  /// the password is wrong.
  std::string told_by_policy, told_by_checkpassword;
  /// Each would let the login in: a sentence, and on a line of its own what it adds to a list.
  std::vector<std::string> remedies;
  std::vector<verdict::Match> today;  ///< rules that match it today, as far as the line tells
  facts::Verdict verdict_today;
  std::vector<std::string> untold;  ///< lists that look at what the line does not say
};

/// Looked up with today's rules and configuration. `clients`: to find the client's file.
Explanation explain(const logs::Login& login, const replay::Rules& rules,
                    const config::Config& config, const Inventory& clients);

std::string as_text(const Explanation& explanation);
nlohmann::ordered_json as_json(const Explanation& explanation);

}  // namespace badclients::admin::why
