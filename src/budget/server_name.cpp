#include "budget/server_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/facts.hpp"

namespace badclients::budget {

using config::Config;

const std::array<Registry, 7> registries{{
    {facts::registry_names[0], &Config::Budget::arin, true},
    {facts::registry_names[1], &Config::Budget::ripencc, true},
    {facts::registry_names[2], &Config::Budget::apnic, true},
    {facts::registry_names[3], &Config::Budget::lacnic, true},
    {facts::registry_names[4], &Config::Budget::afrinic, true},
    {"iana", &Config::Budget::iana, false},
    {"cymru", &Config::Budget::cymru, false},
}};
static_assert(facts::registry_names.size() + 2 == std::tuple_size_v<decltype(registries)>);

namespace {

/// HOST:PORT
constexpr std::size_t longest_name = 255 + 2 + 6;

const Registry* registry_named(std::string_view name) {
  const auto known = std::find_if(registries.begin(), registries.end(),
                                  [&](const Registry& each) { return each.name == name; });
  return known == registries.end() ? nullptr : &*known;
}

}  // namespace

bool ServerName::valid() const {
  if (!is_stranger()) return true;
  return name.size() <= longest_name && name.find(':') != std::string::npos &&
         std::all_of(name.begin(), name.end(), base::is_visible);
}

bool ServerName::is_stranger() const {
  return registry_named(name) == nullptr;
}

const config::Limits& limits_of(const Config::Budget& budget, const ServerName& server) {
  const auto* registry = registry_named(server.name);
  return registry == nullptr ? budget.other : budget.*registry->limits;
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
