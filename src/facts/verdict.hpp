#pragma once

#include <cstdint>
#include <string>

namespace badclients::facts {

/// What we do with a login, and why. The third noun.
struct Verdict {
  enum class Decision : std::uint8_t {
    allow,
    deny,
    tempfail,  ///< `on_error = tempfail`: whether some rule refuses is unknown
  };
  Decision decision = Decision::allow;

  /// Monitor mode: a rule matched that would have refused; decision is allow.
  bool would_block = false;
  /// Whether an audit line is written at all (ignore_networks, log_local).
  bool logged = true;

  /// Audit line's `matched`: "ip_net", "entity:MAIL-RU", "maxmind:geoloc_city", "service",
  /// "on_error", ...; empty where nothing matched.
  std::string matched;
  /// The rule that matched, "ip_net.deny.lst:12", relative to list_path; empty where none did.
  std::string rule;
  /// The AS that the rule's entry for `asn` or `as_dscr` matched; 0 where it has none. Of several
  /// origin ASes the audit line shows this one.
  std::uint32_t asn = 0;
  /// Name of the bad client whose rule matched; empty where it was no client rule.
  std::string client;
  /// Text for the user of a refused login; empty for none.
  std::string message;

  [[nodiscard]] bool refused() const { return decision == Decision::deny; }

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace badclients::facts
