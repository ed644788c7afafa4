#pragma once

#include <chrono>
#include <string>

#include "checkpassword/answer.hpp"
#include "checkpassword/environment.hpp"
#include "door/start.hpp"

namespace badclients::checkpassword {

/// One login: a child process reads its credentials from descriptor 3 and decides (login::decide);
/// this one answers. If the child hangs or dies, this process answers with the verdict that was
/// armed, and writes a line that says what happened. `wrong_call`: what is wrong with the command
/// line; empty: nothing. Returns the exit code; does not return if Call::program is run.
int log_in(const std::string& config_path, const std::string& wrong_call, const Call& call,
           const Environment& environment, const door::Start& start,
           std::chrono::steady_clock::time_point begin);

}  // namespace badclients::checkpassword
