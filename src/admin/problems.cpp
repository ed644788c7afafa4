#include "admin/problems.hpp"

#include <nlohmann/json.hpp>

namespace badclients::admin {

using Severity = config::Problem::Severity;
using nlohmann::ordered_json;

const char* word(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

ordered_json problems_json(std::span<const config::Problem> problems) {
  auto all = ordered_json::array();
  for (const auto& problem : problems) {
    all.push_back({{"file", problem.file},
                   {"line", problem.line == 0 ? ordered_json(nullptr) : ordered_json(problem.line)},
                   {"severity", word(problem.severity)},
                   {"text", problem.text}});
  }
  return all;
}

}  // namespace badclients::admin
