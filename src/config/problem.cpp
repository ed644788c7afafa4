#include "config/problem.hpp"

#include <fmt/format.h>

namespace badclients::config {

std::string Problem::str() const {
  return line == 0 ? fmt::format("{}: {}", file, text) : fmt::format("{}:{}: {}", file, line, text);
}

}  // namespace badclients::config
