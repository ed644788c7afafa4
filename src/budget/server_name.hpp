#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace badclients::budget {

/// A server whose questions are counted.
struct ServerName {
  config::Service service = config::Service::whois;
  /// A registry's name (registries), whose both services share one budget; or HOST:PORT, in lower
  /// case, of a server that a registry refers to. Never a registry's name without a port there:
  /// that name came from a stranger.
  std::string name;
  friend auto operator<=>(const ServerName&, const ServerName&) = default;

  /// Printable ASCII without blanks, of a sensible length, in one of both forms.
  [[nodiscard]] bool valid() const;
  /// One that no key of the configuration names.
  [[nodiscard]] bool is_stranger() const;
};

/// One that the configuration names.
struct Registry {
  std::string_view name;
  config::Limits config::Config::Budget::*limits;
  bool has_rdap;
};
/// In the order of the configuration's keys.
extern const std::array<Registry, 7> registries;

/// The limits that hold for it.
const config::Limits& limits_of(const config::Config::Budget& budget, const ServerName& server);

}  // namespace badclients::budget
