#pragma once

#include <chrono>
#include <string>

#include "checkpassword/answer.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/start.hpp"

namespace badclients::checkpassword {

/// How long a login may take from the start of the program to its credentials, and from there until
/// the configuration says otherwise.
std::chrono::steady_clock::duration longest_start();

/// What our own deadline needs to end by itself before the login is answered without it.
inline constexpr std::chrono::milliseconds grace{250};

/// One login: reads its credentials from descriptor 3, decides (login::decide) in a process of its
/// own, and answers, whatever becomes of that process: with the verdict that it had, and a line
/// that says what happened. `wrong_call` is what is wrong with the command line; empty for nothing.
/// Returns the exit code; does not return where another program is run.
int log_in(const std::string& config_path, const std::string& wrong_call, const Call& call,
           const Environment& environment, const Start& start,
           std::chrono::steady_clock::time_point begin);

}  // namespace badclients::checkpassword
