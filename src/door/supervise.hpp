#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "door/progress.hpp"

namespace badclients::door {

/// How work that was done apart came to its end.
struct Outcome {
  std::string trouble;  ///< why it did not get to its end, in words; empty: it did
  bool broken = false;  ///< an internal error: not a file system that hangs or whose file was cut
};

/// How long a login may take from the start of the program to its credentials, and from there until
/// the configuration says otherwise.
std::chrono::steady_clock::duration longest_start();

/// What our own deadline needs to end by itself before the login is answered without it.
inline constexpr std::chrono::milliseconds grace{250};

/// What the processes on both sides of supervise() are to do besides.
struct Manner {
  int not_for_child = -1;         ///< a descriptor that the child closes
  bool hands_on_sigterm = false;  ///< SIGTERM goes to the child, which ends by itself
};

/// Does `work` in a child process, until the progress's `until`: then the child is killed,
/// and this process goes on. So nothing that holds `work` up (a file system that hangs, where no
/// signal handler runs; a pattern that takes too long) or kills it (no memory, a file that is cut
/// short while it is mapped) is anything to whoever waits for this process. Where no child is to be
/// had `work` is done here, without any of that.
Outcome supervise(Progress& progress, const Manner& manner, const std::function<void()>& work);

struct LogLine {
  audit::Level level;
  std::string text;
};

/// Writes the lines into `log` (general/log; empty: auto), apart, for a quarter of a second at
/// most; where that fails to standard error, if that takes them at once.
void log_apart(const std::string& log, const audit::Surroundings& surroundings,
               const std::vector<LogLine>& lines);

}  // namespace badclients::door
