#include "network/transport/registries.hpp"

#include <algorithm>

#include "facts/facts.hpp"

namespace badclients::network {

namespace {

using config::Config;

/// In the order of Registry.
struct Row {
  Config::Endpoint Config::Whois::*server;
  std::string Config::Rdap::*base;
};

constexpr std::array<Row, facts::registry_names.size()> rows{{
    {&Config::Whois::arin, &Config::Rdap::arin},
    {&Config::Whois::ripencc, &Config::Rdap::ripencc},
    {&Config::Whois::apnic, &Config::Rdap::apnic},
    {&Config::Whois::lacnic, &Config::Rdap::lacnic},
    {&Config::Whois::afrinic, &Config::Rdap::afrinic},
}};

}  // namespace

std::optional<Registry> registry_named(std::string_view name) {
  const auto found = std::ranges::find(facts::registry_names, name);
  if (found == facts::registry_names.end()) return std::nullopt;
  return registries.at(static_cast<std::size_t>(found - facts::registry_names.begin()));
}

const Config::Endpoint& whois_server(const Config::Whois& whois, Registry registry) {
  return whois.*rows[static_cast<std::size_t>(registry)].server;
}

std::optional<Registry> registry_at(const Config::Whois& whois, const Config::Endpoint& server) {
  const Config::Whois well_known;
  for (const auto registry : registries) {
    const auto server_of = rows[static_cast<std::size_t>(registry)].server;
    if (server == whois.*server_of || server == well_known.*server_of) return registry;
  }
  return std::nullopt;
}

const std::string& rdap_base(const Config::Rdap& rdap, Registry registry) {
  return rdap.*rows[static_cast<std::size_t>(registry)].base;
}

std::optional<std::string> at_configured_base(const Config::Rdap& rdap, std::string_view url) {
  const Config::Rdap well_known;
  for (const auto& row : rows) {
    const auto& base = well_known.*row.base;
    if (url.starts_with(base)) return (rdap.*row.base) + std::string(url.substr(base.size()));
  }
  return std::nullopt;
}

}  // namespace badclients::network
