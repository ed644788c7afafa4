#include "login/warner.hpp"

#include <fmt/format.h>

namespace badclients::login {

namespace {

constexpr std::size_t most = 5;

}  // namespace

void Warner::warn(const std::vector<std::string>& texts, std::size_t count) {
  for (std::size_t i = 0; i < texts.size() && i < most; ++i) {
    sink_.write(audit::Level::warning, texts[i]);
  }
  if (count <= most) return;
  sink_.write(audit::Level::warning,
              fmt::format("and {} more: run badclientsctl lint", count - most));
}

void Warner::warn(const std::vector<config::Problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    if (problem.severity == config::Problem::Severity::error) texts.push_back(problem.str());
  }
  warn(texts);
}

}  // namespace badclients::login
