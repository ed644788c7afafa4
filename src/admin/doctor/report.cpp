#include "admin/doctor/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/terminal.hpp"
#include "base/text.hpp"

namespace badclients::admin::doctor {

namespace {

using nlohmann::ordered_json;

std::size_t count(const std::vector<Finding>& findings, Level level) {
  return static_cast<std::size_t>(std::ranges::count(findings, level, &Finding::level));
}

Level worst(const std::vector<Finding>& findings) {
  auto level = Level::ok;
  for (const auto& each : findings) level = std::max(level, each.level);
  return level;
}

std::string without_control(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

int exit_code(const std::vector<Finding>& findings) {
  return static_cast<int>(worst(findings));
}

std::string as_text(const std::vector<Finding>& findings, bool quiet) {
  auto text = fmt::format("{}: {}, {}, {} ok\n", base::uppered(to_string(worst(findings))),
                          counted(count(findings, Level::error), "error", "errors"),
                          counted(count(findings, Level::warning), "warning", "warnings"),
                          count(findings, Level::ok));
  for (const auto& [check, level, what, advice] : findings) {
    if (quiet && level == Level::ok) continue;
    text += fmt::format("{:<8} {}: {}{}\n", to_string(level), check, printable(what),
                        advice.empty() ? "" : fmt::format(" (try: {})", printable(advice)));
  }
  return text;
}

ordered_json as_json(const std::vector<Finding>& findings) {
  auto checks = ordered_json::array();
  for (const auto& [check, level, text, advice] : findings) {
    checks.push_back({{"check", check},
                      {"status", to_string(level)},
                      {"text", text},
                      {"advice", or_null(advice)}});
  }
  return {{"status", to_string(worst(findings))},
          {"errors", count(findings, Level::error)},
          {"warnings", count(findings, Level::warning)},
          {"ok", count(findings, Level::ok)},
          {"checks", std::move(checks)}};
}

std::string findings_json(const std::vector<Finding>& findings) {
  return without_control(as_json(findings));
}

std::string error_json(const std::string& error) {
  return without_control({{"error", error}});
}

tl::expected<std::vector<Finding>, std::string> read_findings(const std::string& text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return tl::unexpected(std::string("the checks did not come to their end"));
  }
  if (json.contains("error")) return tl::unexpected(json["error"].get<std::string>());
  std::vector<Finding> findings;
  for (const auto& each : json["checks"]) {
    findings.push_back({each["check"], level_of(each["status"].get<std::string>()), each["text"],
                        each["advice"].is_null() ? "" : each["advice"].get<std::string>()});
  }
  return findings;
}

}  // namespace badclients::admin::doctor
