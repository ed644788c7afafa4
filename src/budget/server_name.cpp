#include "budget/server_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/facts.hpp"

namespace badclients::budget {

using config::Config;

const std::array<ConfiguredServer, 7> configured_servers{{
    {facts::registry_names[0], &Config::Budget::arin, true},
    {facts::registry_names[1], &Config::Budget::ripencc, true},
    {facts::registry_names[2], &Config::Budget::apnic, true},
    {facts::registry_names[3], &Config::Budget::lacnic, true},
    {facts::registry_names[4], &Config::Budget::afrinic, true},
    {"iana", &Config::Budget::iana, false},
    {"cymru", &Config::Budget::cymru, false},
}};
static_assert(facts::registry_names.size() + 2 == std::tuple_size_v<decltype(configured_servers)>);

namespace {

/// HOST:PORT
constexpr std::size_t longest_name = 255 + 2 + 6;

const ConfiguredServer* configured(std::string_view name) {
  const auto* const found = std::ranges::find(configured_servers, name, &ConfiguredServer::name);
  return found == configured_servers.end() ? nullptr : found;
}

}  // namespace

bool ServerName::valid() const {
  if (!is_stranger()) return true;
  return name.size() <= longest_name && name.find(':') != std::string::npos &&
         std::all_of(name.begin(), name.end(), base::is_visible);
}

bool ServerName::is_stranger() const {
  return configured(name) == nullptr;
}

const config::Limits& limits_of(const Config::Budget& budget, const ServerName& server) {
  const auto* found = configured(server.name);
  return found == nullptr ? budget.other : budget.*found->limits;
}

std::optional<Source> Source::of(const ServerName& server) {
  if (server.is_stranger()) return std::nullopt;
  return Source{fmt::format("{} {}", config::to_string(server.service), server.name)};
}

std::optional<Source> Source::named(std::string_view name) {
  if (name == nameservers().name) return nameservers();
  const auto blank = name.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto service = config::service_named(name.substr(0, blank));
  return service ? of({*service, std::string{name.substr(blank + 1)}}) : std::nullopt;
}

}  // namespace badclients::budget
