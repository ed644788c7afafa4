#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace badclients::budget {

/// A server whose questions are counted.
struct ServerName {
  config::Service service = config::Service::whois;
  /// One of configured_servers, whose services share one budget; or HOST:PORT, in lower case, of a
  /// server that a registry refers to. The port is what tells them apart: a stranger chose that
  /// name.
  std::string name;
  friend auto operator<=>(const ServerName&, const ServerName&) = default;

  /// Printable ASCII without blanks, of a sensible length, in one of both forms.
  [[nodiscard]] bool valid() const;
  /// One that no key of the configuration names.
  [[nodiscard]] bool is_stranger() const;
};

/// A server that the configuration names: a registry, IANA, or Cymru.
struct ConfiguredServer {
  std::string_view name;
  config::Limits config::Config::Budget::*limits;
  bool has_rdap;
};
/// In the order of the configuration's keys.
extern const std::array<ConfiguredServer, 7> configured_servers;

/// The limits that hold for it.
const config::Limits& limits_of(const config::Config::Budget& budget, const ServerName& server);

/// Whom answers come from, as far as silence is told of them: the nameservers together, or a
/// registry's server by one service. A DNS zone is none, nor is a server that somebody refers to:
/// a user can own one that is silent.
struct Source {
  std::string name;  ///< "dns", "whois ripencc", "rdap arin"
  friend auto operator<=>(const Source&, const Source&) = default;

  static Source nameservers() { return {"dns"}; }
  /// Nothing: a stranger.
  static std::optional<Source> of(const ServerName& server);
  /// Nothing: no source's name.
  static std::optional<Source> named(std::string_view name);
};

/// One that has not answered is waited for no longer than this once `most_silences` logins in a row
/// had no answer from it; what it is asked goes on in the background. Any answer ends that.
inline constexpr std::chrono::milliseconds patience_with_silent{200};
inline constexpr unsigned most_silences = 3;

}  // namespace badclients::budget
