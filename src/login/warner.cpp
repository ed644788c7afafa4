#include "login/warner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace badclients::login {

namespace {

constexpr std::size_t most = 5;

}  // namespace

void Warner::write(const std::vector<std::string>& texts, std::size_t untold, const char* hint) {
  std::size_t fresh = 0;
  for (const auto& text : texts) {
    if (!known_.insert(text).second || ++fresh > most) continue;
    sink_.write(audit::Level::warning, text);
  }
  if (fresh == 0) return;
  const auto more = fresh - std::min(fresh, most) + untold;
  if (more > 0) sink_.write(audit::Level::warning, fmt::format("and {} more{}", more, hint));
}

void Warner::warn(const std::vector<std::string>& texts) {
  write(texts, 0, ", which are not written for one login");
}

void Warner::warn_of_lines(const std::vector<std::string>& texts, std::size_t count) {
  write(texts, count - texts.size(), ": run badclientsctl lint");
}

void Warner::warn(const std::vector<config::Problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    if (problem.severity == config::Problem::Severity::error) texts.push_back(problem.str());
  }
  warn_of_lines(texts, texts.size());
}

}  // namespace badclients::login
