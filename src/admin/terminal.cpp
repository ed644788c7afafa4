#include "admin/terminal.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "audit/escape.hpp"

namespace badclients::admin {

std::string printable(std::string_view text) {
  return audit::escaped(text, audit::Place::message, std::numeric_limits<std::size_t>::max());
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0) != 0x80;
  }));
}

std::string about(std::chrono::seconds length) {
  using namespace std::chrono_literals;
  const auto seconds = std::max(length, 0s);
  constexpr std::array<std::pair<std::chrono::seconds, const char*>, 3> units{
      {{24h, "d"}, {1h, "h"}, {1min, "min"}}};
  for (const auto& [unit, name] : units) {
    if (seconds >= unit) return fmt::format("{} {}", seconds / unit, name);
  }
  return fmt::format("{} s", seconds.count());
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace badclients::admin
