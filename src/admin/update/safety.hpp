#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/network.hpp"

/// Refuses to publish lists that would lock out everybody, or that lost most of what they held.
namespace badclients::admin::update {

/// Why `networks` (aggregated) must not become a list, as a half-sentence; nothing where they may.
/// They must not overlap special-purpose blocks, hold an address of `own`, or hold more of the
/// Internet than any publisher has: anything wider than an IPv4 /6 or an IPv6 /16.
std::optional<std::string> danger(const std::vector<net::Network>& networks,
                                  const std::vector<net::Address>& own);

/// Why a list must not change from `before` to `now` (both aggregated) before somebody has looked
/// at it, as a half-sentence; nothing: it may. It must have two thirds as many networks, or more.
/// In each family it must not lose more than a third of its addresses (except less than a /12 of
/// IPv4 or a /28 of IPv6, if others replace them and some are left), nor gain more than half of
/// what it had, if the gain is more than a /12 or a /28.
std::optional<std::string> leap(const std::vector<net::Network>& before,
                                const std::vector<net::Network>& now);

/// The same for a list that is new: more than a quarter of IPv4, or a /14 of IPv6.
std::optional<std::string> hugeness(const std::vector<net::Network>& networks);

/// The addresses of this host's interfaces (getifaddrs(3)).
std::vector<net::Address> own_addresses();

}  // namespace badclients::admin::update
