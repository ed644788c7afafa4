#include "registry/compile/reading.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/number.hpp"

namespace badclients::registry {

bool Reading::leave_out(std::uint64_t line, const std::string& why) {
  constexpr std::uint64_t most = 100;
  if (lines_left_out++ == 0) first_left_out = fmt::format("line {}: {}", line, why);
  return lines_left_out <= most;
}

std::optional<facts::Time> day_of(std::string_view text) {
  const auto number = base::number<unsigned>(text);
  if (text.size() != 8 || !number) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(*number / 10'000)},
                                        std::chrono::month{*number / 100 % 100},
                                        std::chrono::day{*number % 100}};
  if (!day.ok()) return std::nullopt;
  return time_of(std::chrono::sys_seconds{std::chrono::sys_days{day}}.time_since_epoch().count());
}

}  // namespace badclients::registry
