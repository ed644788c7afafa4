#pragma once

#include <chrono>
#include <string>

#include "checkpassword/answer.hpp"
#include "checkpassword/environment.hpp"
#include "door/start.hpp"

namespace badclients::checkpassword {

/// One login: reads its credentials from descriptor 3, decides (login::decide) in a process of its
/// own, and answers, whatever becomes of that process: with the verdict that it had, and a line
/// that says what happened. `wrong_call` is what is wrong with the command line; empty for nothing.
/// Returns the exit code; does not return where another program is run.
int log_in(const std::string& config_path, const std::string& wrong_call, const Call& call,
           const Environment& environment, const door::Start& start,
           std::chrono::steady_clock::time_point begin);

}  // namespace badclients::checkpassword
