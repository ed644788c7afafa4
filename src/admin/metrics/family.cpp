#include "admin/metrics/family.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "admin/terminal.hpp"

namespace badclients::admin::metrics {

namespace {

std::string label_value(std::string_view text) {
  std::string result = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string in_braces(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, label_value(value));
  }
  return text.empty() ? text : fmt::format("{{{}}}", text);
}

}  // namespace

std::string as_text(const std::vector<Family>& families) {
  std::string text;
  for (const auto& family : families) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help, family.type);
    for (const auto& sample : family.samples) {
      // The shortest digits that are the same number.
      text += fmt::format("{}{}{} {}\n", family.name, sample.suffix, in_braces(sample.labels),
                          sample.value);
    }
  }
  return text;
}

nlohmann::ordered_json as_json(const std::vector<Family>& families) {
  nlohmann::ordered_json json;
  json["metrics"] = nlohmann::ordered_json::array();
  for (const auto& family : families) {
    nlohmann::ordered_json one{{"name", family.name}, {"type", family.type}, {"help", family.help}};
    one["samples"] = nlohmann::ordered_json::array();
    for (const auto& sample : family.samples) {
      auto labels = nlohmann::ordered_json::object();
      for (const auto& [name, value] : sample.labels) labels[name] = printable(value);
      one["samples"].push_back({{"name", family.name + sample.suffix},
                                {"labels", std::move(labels)},
                                {"value", sample.value}});
    }
    json["metrics"].push_back(std::move(one));
  }
  return json;
}

}  // namespace badclients::admin::metrics
