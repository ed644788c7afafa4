#pragma once

#include <chrono>
#include <string>

#include "audit/sink.hpp"

namespace badclients::door {

/// Does what a login has left to do (ask::leave_to_background), in a child process that this one
/// watches. Nobody reads standard error, so warnings go to the log file, to syslog, or nowhere (log
/// = none). Returns the exit code.
int work_in_background(const std::string& config_path, const audit::Surroundings& surroundings,
                       std::chrono::steady_clock::time_point begin);

}  // namespace badclients::door
