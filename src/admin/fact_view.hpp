#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admin/check_report.hpp"

namespace badclients::admin {

/// One fact of a report, in the form that text and JSON are both made from.
struct FactView {
  struct Line {
    std::string label;
    std::string text;  ///< foreign bytes as they came
  };

  std::string key;    ///< in JSON: "reverse_names", "origin", ...
  std::string label;  ///< in text: "reverse name", "origin AS", ...
  /// "fresh" "cached" "stale" "local" "unknown" "not_asked"
  std::string state;
  std::string source;  ///< empty unless known or failed
  std::string why;     ///< why it is unknown or was not asked; empty where it is known
  bool timed = false;  ///< comes from the network or registry data: these two mean something
  facts::Time learnt{}, expires{};
  bool remembered = false;  ///< by the cache
  bool known = false;
  std::vector<Line> lines;      ///< the first has the fact's own label; only where known
  nlohmann::ordered_json json;  ///< the value; null unless known
};

/// Every fact that a rule can look at, in the order of the audit line, whether known or not.
std::vector<FactView> fact_views(const Report& report, const config::Config& config);

}  // namespace badclients::admin
