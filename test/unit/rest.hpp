#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "base/stamp.hpp"

/// Waits until the file has not been written for so long that its stamp tells of every change.
inline void wait_for_rest(const std::string& file) {
  while (!badclients::base::Seen::at(file.c_str()).holds(file.c_str())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}
