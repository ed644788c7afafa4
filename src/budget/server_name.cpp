#include "budget/server_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace badclients::budget {

using config::Config;

const std::array<Registry, 7> registries{{
    {"arin", &Config::Budget::arin, true},
    {"ripencc", &Config::Budget::ripencc, true},
    {"apnic", &Config::Budget::apnic, true},
    {"lacnic", &Config::Budget::lacnic, true},
    {"afrinic", &Config::Budget::afrinic, true},
    {"iana", &Config::Budget::iana, false},
    {"cymru", &Config::Budget::cymru, false},
}};

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
