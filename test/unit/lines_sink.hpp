#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.hpp"

/// A log in memory.
struct Lines : badclients::audit::Sink {
  std::vector<std::string> info, worse;

  void write(badclients::audit::Level level, std::string_view text) override {
    (level == badclients::audit::Level::info ? info : worse).emplace_back(text);
  }
};
