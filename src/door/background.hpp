#pragma once

#include <chrono>
#include <string>

#include "audit/sink.hpp"

namespace badclients::door {

/// What a login has left to do (ask::leave_to_background), in a process of its own, as log_in does
/// its work. There is nobody at the other end: warnings go to the log file, or to syslog. Returns
/// the exit code.
int work_in_background(const std::string& config_path, const audit::Surroundings& surroundings,
                       std::chrono::steady_clock::time_point begin);

}  // namespace badclients::door
