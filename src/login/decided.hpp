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

/// What a process that lives long decided last: a login that says the same, by the same rules,
/// settings and facts, is answered the same. Many logins come from few addresses and apps: a phone
/// opens several connections at once, a webmail server one for each click.
class Decided {
 public:
  /// What is kept, at most; with one more all is forgotten.
  static constexpr std::size_t most = 64;

  /// One decision that had no other effect than its answer and its line.
  struct Decision {
    ask::Remembered facts;  ///< what it was found on
    /// Those, for the second line; null: it has none.
    std::shared_ptr<const facts::Facts> geoip;
    // What the login would have ended with: before the lists were looked at, before anything was
    // known about the address, and in the end.
    Armed first, early, last;
  };

  /// What a decision was made by, besides facts. With others than before all is forgotten.
  /// `configuration`: its number; another one for other settings. `names_count`: whether a rule
  /// looks at the user or the master.
  void begin(const std::shared_ptr<const lists::LoginRules>& rules, std::uint64_t configuration,
             bool names_count);

  /// All of it, and the rules, which are mapped as long as this has them.
  void forget() { begin(nullptr, 0, true); }

  /// Where it was made by these; null: it is not known.
  [[nodiscard]] std::shared_ptr<const Decision> find(
      const std::shared_ptr<const lists::LoginRules>& rules, std::uint64_t configuration,
      const facts::Login& login) const;

  /// By what begin() said.
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
