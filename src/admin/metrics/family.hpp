#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// `badclientsctl metrics`: numbers for Prometheus.
namespace badclients::admin::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Sample {
  std::string suffix{};  ///< of a histogram: "_bucket", "_sum", "_count"
  Labels labels{};
  double value = 0;
};

/// A metric with all its samples.
struct Family {
  std::string name;
  std::string_view type;  ///< "counter" "gauge" "histogram"
  std::string_view help;
  std::vector<Sample> samples{};
};

/// The text format of Prometheus, version 0.0.4: labels are UTF-8 and printable.
std::string as_text(const std::vector<Family>& families);
nlohmann::ordered_json as_json(const std::vector<Family>& families);

}  // namespace badclients::admin::metrics
