#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"
#include "facts/wanted.hpp"
#include "lists/index.hpp"
#include "lists/pattern.hpp"
#include "verdict/subject.hpp"

/// Rules x Facts -> Verdict. Pure: no I/O, no clock, no environment.
namespace badclients::verdict {

/// One rule that matches, for people: `badclientsctl check` shows them all.
struct Match {
  lists::Action action;
  std::string matched;     ///< as in the audit line
  std::string rule;        ///< file:line
  std::string entry;       ///< the rule, canonical; of a client's clause with many values the first
  std::string client;      ///< name of the bad client; empty for a list
  bool monitored = false;  ///< a client in monitor mode: the rule refuses nobody
  std::string network{};   ///< of a client's rule on networks: the one that holds the address
};

/// What a login still waits for.
enum class Waits : std::uint8_t {
  for_nothing,  ///< the verdict stands: an exemption by the scope, or a refusal that no fact lifts
  for_line,     ///< no fact can change it: the audit line alone shows what may still come
  for_rules,    ///< a fact that may still come can change it
};

/// What can be said while facts are still unknown.
struct SoFar {
  /// The strictest that what is known supports: what a rule says, else `on_error` where a rule
  /// would look at a fact that may still come.
  facts::Verdict verdict;
  bool by_rule = false;  ///< a rule or the login's scope says so, not `on_error`
  /// (A fact could make another rule refuse first; it is a refusal all the same.)
  Waits waits = Waits::for_rules;
};

/// What the configuration alone says: it waits for nothing with a disabled service that is refused,
/// a special-purpose or missing address, ignore_networks; else `on_error`.
SoFar before_lists(const facts::Login& login, const config::Config& config);

/// What the audit line shows, as far as lookup/* permits.
facts::Wanted wanted_by_audit(const config::Config& config);

/// Decided in this order, the first that speaks wins: disabled_services (refused); a missing or
/// special-purpose address, ignore_networks (never refused); allow entries of any field; deny lists
/// in the order ip_net rev_host asn as_cc as_dscr net_cc net_name entity dnsbl client_id maxmind/*;
/// client rules; `on_error`. Networks are compared with the address that counts and with the one
/// that carries it. What is unknown, and what is absent, matches nothing (Subject).
///
/// `mode = monitor` refuses nobody, whatever the reason: the verdict then is to allow, says
/// would_block, and names what matched. A client in monitor mode does the same, but never keeps
/// another rule (or on_error) from refusing.
class Decider {
 public:
  /// For one login: `matcher` remembers what its patterns came to and how many steps they took, and
  /// keeps what went wrong with one. All outlive the Decider.
  Decider(const lists::Index& index, const config::Config& config, lists::PatternMatcher& matcher);

  /// What stands on the facts that are known; the others of `to_come`, and what GeoIP databases
  /// know, may still come.
  [[nodiscard]] SoFar so_far(const facts::Login& login, const facts::Facts& facts,
                             const facts::Wanted& to_come) const;
  /// The same where all of wanted() may come.
  [[nodiscard]] SoFar so_far(const facts::Login& login, const facts::Facts& facts) const {
    return so_far(login, facts, wanted_);
  }

  /// The verdict on the facts as they are. `on_error` speaks where nothing matched, but a deny list
  /// or client rule might have, had a fact not failed or a pattern not been too much work. (Allow
  /// entries do not count there: where nothing refuses, they change nothing, and where something
  /// does, what is unknown exempts nobody.)
  [[nodiscard]] facts::Verdict decide(const facts::Login& login, const facts::Facts& facts) const;

  /// The lists that were not compared because facts are missing or a pattern was too much work, and
  /// could have changed the verdict (that of decide()): "entity.deny", "client rules", ..., or
  /// where it refuses "rev_host.allow", ...
  [[nodiscard]] std::vector<std::string> not_compared(const facts::Login& login,
                                                      const facts::Facts& facts,
                                                      const facts::Verdict& verdict) const;

  /// Every allow and deny rule that matches, allow first, in the order of deciding. Of disabled
  /// services, special-purpose addresses and ignored networks it knows nothing: decide() does.
  [[nodiscard]] std::vector<Match> explain(const facts::Login& login,
                                           const facts::Facts& facts) const;

  /// What the rules look at, and what the audit line shows, as far as lookup/* permits.
  [[nodiscard]] const facts::Wanted& wanted() const { return wanted_; }
  /// Those of them that some rule looks at: the others are for the audit line alone.
  [[nodiscard]] facts::Wanted wanted_by_rules() const;
  /// Whether a rule looks at handles that RIPE's bulk data leaves out.
  [[nodiscard]] bool looks_at_persons() const { return index_.names_persons(); }
  /// Whether a rule looks at the user's or the master's name.
  [[nodiscard]] bool looks_at_names() const;
  /// Of the origin, its descriptions and the registration, as far as `of` has them: which ones a
  /// rule would look at if they were unknown, given what is known besides.
  [[nodiscard]] facts::Needed needed(const facts::Login& login, const facts::Facts& facts,
                                     const facts::Wanted& of) const;

 private:
  struct Ruled;
  [[nodiscard]] Ruled by_rules(const Subject& subject) const;
  void by_client(const Subject& subject, Ruled& ruled) const;
  [[nodiscard]] bool refuses_without_provisional(const facts::Login& login,
                                                 const facts::Facts& facts,
                                                 const facts::Wanted& to_come) const;
  [[nodiscard]] bool rule_may_look(const facts::Login& login, const facts::Facts& facts,
                                   std::initializer_list<lists::Field> fields) const;
  [[nodiscard]] bool any_rule_looks_at(std::initializer_list<lists::Field> fields) const;
  [[nodiscard]] bool may_be_lifted(const facts::Login& login, const facts::Facts& facts,
                                   const facts::Wanted& to_come) const;
  [[nodiscard]] facts::Wanted all_wanted() const;

  const lists::Index& index_;
  const config::Config& config_;
  lists::PatternMatcher& matcher_;
  facts::Wanted wanted_;
};

}  // namespace badclients::verdict
