#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.hpp"

/// A log in memory.
struct Lines : badclients::audit::Sink {
  std::vector<std::string> info, worse;
  std::function<void(std::string_view text)> when_written{};  ///< before it is

  void write(badclients::audit::Level level, std::string_view text) override {
    if (when_written) when_written(text);
    (level == badclients::audit::Level::info ? info : worse).emplace_back(text);
  }
};
