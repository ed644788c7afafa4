#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "door/progress.hpp"

namespace badclients::door {

/// How supervised work ended.
struct Outcome {
  std::string trouble;  ///< why the work is not done, for people; empty: it is done
  bool broken = false;  ///< the program is at fault, not a hanging file system or a cut file
};

/// How long a login may take from the start of the program to its credentials; and again from
/// there, as long as the configuration is not read.
std::chrono::steady_clock::duration longest_start();

/// How long after the deadline the child has to end by itself, before the parent answers.
inline constexpr std::chrono::milliseconds grace{250};

/// What differs between doors.
struct Manner {
  int not_for_child = -1;         ///< a descriptor that the child closes
  bool hands_on_sigterm = false;  ///< this process passes SIGTERM to the child
};

/// Runs `work` in a child process, and kills the child at `progress.until()`. This process goes on
/// whatever holds `work` up (a file system that hangs, where no signal handler runs; a pattern that
/// takes too long) or kills it (no memory, a file that is cut short while it is mapped).
/// If fork(2) fails, `work` runs in this process, without that protection.
Outcome supervise(Progress& progress, const Manner& manner, const std::function<void()>& work);

struct LogLine {
  audit::Level level;
  std::string text;
};

/// Writes the lines to `log` (general/log; empty: auto) in a child process, which has 250 ms. If
/// that fails, this process writes them to standard error, unless that would block.
void log_apart(const std::string& log, const audit::Surroundings& surroundings,
               const std::vector<LogLine>& lines);

}  // namespace badclients::door
