#pragma once

#include <fmt/format.h>

#include <string>

#include "registry/store.hpp"

namespace badclients::admin::registry_command {

/// "11 asn, 20 ipv4"
inline std::string in_words(const registry::Counts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, kind);
  }
  return text;
}

}  // namespace badclients::admin::registry_command
