#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "facts/facts.hpp"

namespace badclients::network {

using facts::Registry;

inline constexpr std::array<Registry, 5> registries{
    Registry::arin, Registry::ripencc, Registry::apnic, Registry::lacnic, Registry::afrinic};

/// "arin" "ripencc" "apnic" "lacnic" "afrinic", as in facts::Origin; nothing for other names.
std::optional<Registry> registry_named(std::string_view name);

const config::Config::Endpoint& whois_server(const config::Config::Whois& whois, Registry registry);

/// Whose WHOIS server that is, by its well-known name (whois.ripe.net) or by the configuration;
/// nothing where it is no registry's.
std::optional<Registry> registry_at(const config::Config::Whois& whois,
                                    const config::Config::Endpoint& server);

/// The base URL of its RDAP service; ends in a slash.
const std::string& rdap_base(const config::Config::Rdap& rdap, Registry registry);

/// A URL under a registry's well-known base (https://rdap.db.ripe.net/ip/...) as the same one under
/// the configured base; nothing for any other URL.
std::optional<std::string> at_configured_base(const config::Config::Rdap& rdap,
                                              std::string_view url);

}  // namespace badclients::network
