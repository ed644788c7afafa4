#include "network/transport/registries.hpp"

#include "facts/facts.hpp"

namespace badclients::network {

namespace {

using config::Config;

struct Row {
  Registry registry;
  std::string_view name;
  Config::Endpoint Config::Whois::*server;
  std::string Config::Rdap::*base;
};

constexpr std::array<Row, 5> rows{{
    {Registry::arin, facts::registry_names[0], &Config::Whois::arin, &Config::Rdap::arin},
    {Registry::ripencc, facts::registry_names[1], &Config::Whois::ripencc, &Config::Rdap::ripencc},
    {Registry::apnic, facts::registry_names[2], &Config::Whois::apnic, &Config::Rdap::apnic},
    {Registry::lacnic, facts::registry_names[3], &Config::Whois::lacnic, &Config::Rdap::lacnic},
    {Registry::afrinic, facts::registry_names[4], &Config::Whois::afrinic, &Config::Rdap::afrinic},
}};

}  // namespace

std::optional<Registry> registry_named(std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return row.registry;
  }
  return std::nullopt;
}

std::string_view to_string(Registry registry) {
  return rows[static_cast<std::size_t>(registry)].name;
}

const Config::Endpoint& whois_server(const Config::Whois& whois, Registry registry) {
  return whois.*rows[static_cast<std::size_t>(registry)].server;
}

std::optional<Registry> registry_at(const Config::Whois& whois, const Config::Endpoint& server) {
  const Config::Whois well_known;
  for (const auto& row : rows) {
    if (server == whois.*row.server || server == well_known.*row.server) return row.registry;
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
