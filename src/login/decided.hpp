#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "ask/remembered.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "lists/login_rules.hpp"
#include "login/armed.hpp"
#include "net/address.hpp"

namespace badclients::login {

/// The last decisions of a process that lives long. A login that says the same is answered the
/// same, as long as rules, settings and facts are the same. Many logins come from few addresses and
/// apps: a phone opens several connections at once, a webmail server one for each click.
class Decided {
 public:
  /// The most decisions that are kept; one more makes it forget all.
  static constexpr std::size_t most = 64;

  /// One decision that had no other effect than its answer and its line.
  struct Decision {
    ask::Remembered facts;  ///< what the verdict was found on
    /// The facts for the second line (GeoIP); null: there is no such line.
    std::shared_ptr<const facts::Facts> geoip;
    // What the login would have ended with: before the lists were looked at, before anything was
    // known about the address, and in the end.
    Armed first, early, last;
  };

  /// Says what the next decisions are made by, besides facts; if that has changed, forgets all.
  /// `configuration`: the number of the settings, as Request has it. `names_count`: whether a rule
  /// looks at the user or the master.
  void begin(const std::shared_ptr<const lists::LoginRules>& rules, std::uint64_t configuration,
             bool names_count);

  /// Forgets all, and lets go of the rules, which stay mapped as long as this has them.
  void forget() { begin(nullptr, 0, true); }

  /// The decision about `login` by these rules and settings; null: there is none.
  [[nodiscard]] std::shared_ptr<const Decision> find(
      const std::shared_ptr<const lists::LoginRules>& rules, std::uint64_t configuration,
      const facts::Login& login) const;

  /// Keeps a decision that was made by what begin() said.
  void keep(const facts::Login& login, Decision decision);

 private:
  /// All of a login that a verdict or the line's middle depends on.
  using Said = std::tuple<net::Address, std::string, std::string, std::string, std::string>;
  [[nodiscard]] Said said_by(const facts::Login& login) const;

  std::shared_ptr<const lists::LoginRules> rules_;
  std::uint64_t configuration_ = 0;
  bool names_count_ = true;
  std::map<Said, std::shared_ptr<const Decision>> decisions_;
};

}  // namespace badclients::login
