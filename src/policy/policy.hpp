#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"
#include "facts/wanted.hpp"
#include "lists/index.hpp"

/// Rules x Facts -> Verdict. Pure: no I/O, no clock, no environment.
namespace badclients::policy {

/// One rule that matches, for people: `badclientsctl check` shows them all.
struct Match {
  lists::Action action;
  std::string matched;  ///< as in the audit line
  std::string rule;     ///< file:line
  std::string entry;    ///< the rule as written, canonical
  std::string client;   ///< name of the bad client; empty for a list
};

class Policy {
 public:
  /// Both must outlive the policy.
  Policy(const lists::Index& index, const config::Config& config);

  /// The verdict, where it stands whatever the network may know: a disabled service, a
  /// special-purpose or missing address, ignore_networks, an entry that the login alone decides and
  /// that no allow entry on unknown facts could still override. Nothing where facts are needed.
  [[nodiscard]] std::optional<facts::Verdict> before_facts(const facts::Login& login) const;

  /// The verdict on the facts as they are: what is unknown matches nothing, and `on_error` speaks
  /// where nothing matched but a fact that some rule needs was asked for in vain.
  [[nodiscard]] facts::Verdict decide(const facts::Login& login, const facts::Facts& facts) const;

  /// Every allow and deny rule that matches, allow first, in the order of deciding.
  [[nodiscard]] std::vector<Match> explain(const facts::Login& login,
                                           const facts::Facts& facts) const;

  /// What the rules look at, and what the audit line shows, as far as lookup/* permits.
  [[nodiscard]] facts::Wanted wanted() const;

 private:
  const lists::Index& index_;
  const config::Config& config_;
};

}  // namespace badclients::policy
