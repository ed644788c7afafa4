#pragma once

#include <optional>
#include <string_view>

#include "facts/wanted.hpp"
#include "net/network.hpp"

namespace badclients::facts {

/// What the configuration and the kind of address say of a login before any rule is looked at.
/// Decided once, when the login is made (config::scope_of).
struct Scope {
  bool disabled = false;  ///< its service is one of general/disabled_services
  /// The block of special-purpose addresses (net/special.hpp) that it comes from.
  std::optional<std::string_view> special_purpose{};
  /// The network of general/ignore_networks that it comes from.
  std::optional<net::Network> ignored{};

  /// What may be asked about the address: of a special-purpose address the name alone, which our
  /// own nameserver may know.
  [[nodiscard]] Wanted narrowed(Wanted wanted) const {
    if (!special_purpose) return wanted;
    Wanted names;
    names.reverse_names = wanted.reverse_names;
    names.confirmed_names = wanted.confirmed_names;
    return names;
  }
};

}  // namespace badclients::facts
