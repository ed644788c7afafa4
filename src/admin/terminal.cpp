#include "admin/terminal.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "audit/escape.hpp"
#include "base/utf8.hpp"

namespace badclients::admin {

std::string printable(std::string_view text) {
  return audit::escaped(text, audit::Place::message, std::numeric_limits<std::size_t>::max());
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

nlohmann::ordered_json or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

nlohmann::ordered_json or_null(const std::optional<std::chrono::system_clock::time_point>& time) {
  return or_null(time ? timestamp(*time) : std::string());
}

std::size_t columns(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), base::is_continuation));
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent,
                  std::size_t widest) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(columns(row[i]), widest));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto taken = columns(row[i]);
      line += row[i] + std::string(std::max(widths[i], taken) - taken + 2, ' ');
    }
    text += line.erase(line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
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

std::string counted(std::uint64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace badclients::admin
