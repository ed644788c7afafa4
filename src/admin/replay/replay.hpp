#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "admin/replay/rules.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "logs/geo.hpp"
#include "logs/login.hpp"
#include "verdict/subject.hpp"

namespace badclients::admin::replay {

/// What a rule, or a user, has.
struct Hits {
  std::uint64_t logins = 0;
  std::uint64_t refused_then = 0;  ///< the log says that they were refused
  std::set<std::string> others;    ///< of a rule its users, of a user its rules
};

/// Logins that a rule looks at, and about which the log does not say what it is compared with.
struct Untold {
  std::uint64_t logins = 0;
  std::set<std::string> users;
};

/// What rules would have done to the logins of a log.
struct Result {
  std::string rules;  ///< which, in words
  std::optional<facts::Time> first, last;
  std::vector<std::string> sources;
  std::uint64_t logins = 0;
  std::uint64_t hit = 0;        ///< that would be refused, if monitor mode is off
  std::uint64_t undecided = 0;  ///< by on_error = tempfail
  std::set<std::string> users;
  std::map<std::string, Hits> by_rule, by_user;
  std::map<std::string, std::string> client_of_rule;  ///< names, of clients' rules
  std::map<std::string, Untold> may_be_hit;           ///< by list: it may have refused others, too
  std::map<std::string, Untold> may_be_let_in;        ///< by list: it may let in some of those
};

/// Decides about logins, one after the other.
class Replay {
 public:
  /// Both outlive it.
  Replay(const Rules& rules, const config::Config& config) : rules_(rules), config_(config) {}

  /// In the order of the log.
  void add(const logs::Login& logged);
  /// Of a login that was added shortly before.
  void add(const logs::Geo& geo);
  Result finish();

 private:
  void decide(const logs::Login& logged, const logs::Geo* geo);
  void count_untold(const logs::Login& logged, const verdict::Subject& subject, bool hit);

  const Rules& rules_;
  const config::Config& config_;
  Result result_;
  std::deque<logs::Login> waiting_;  ///< for their second lines
};

/// The hits of a login, or would be: "ip_net.deny.lst:12", or what matched where there is no rule.
std::string as_text(const Result& result, std::size_t top);
nlohmann::ordered_json as_json(const Result& result);

}  // namespace badclients::admin::replay
