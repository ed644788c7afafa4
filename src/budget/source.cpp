#include "budget/source.hpp"

#include <fmt/format.h>

namespace badclients::budget {

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
