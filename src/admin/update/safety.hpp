#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "net/network.hpp"

/// What a list must not do, whoever published it: lock out everybody, or lose what it knew.
namespace badclients::admin::update {

/// Why `networks` (aggregated) must not become a list, as a half-sentence; nothing where they may.
/// They must not overlap special-purpose blocks, hold an address of `own`, or hold more of the
/// Internet than any publisher has: anything wider than an IPv4 /6 or an IPv6 /16.
std::optional<std::string> danger(const std::vector<net::Network>& networks,
                                  const std::vector<net::Address>& own);

/// Why a list of `before` networks must not shrink to `now`, as a half-sentence; nothing where two
/// thirds or more are left.
std::optional<std::string> shrinkage(std::size_t before, std::size_t now);

/// The addresses of this host's interfaces (getifaddrs(3)).
std::vector<net::Address> own_addresses();

}  // namespace badclients::admin::update
