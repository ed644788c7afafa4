#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "checkpassword/progress.hpp"

namespace badclients::checkpassword {

/// How work that was done apart came to its end.
struct Outcome {
  std::string trouble;  ///< why it did not get to its end, in words; empty: it did
  bool broken = false;  ///< an internal error: not a file system that hangs or whose file was cut
};

/// Does `work` in a child process, until the progress's `until`: then the child is killed,
/// and this process goes on. So nothing that holds `work` up (a file system that hangs, where no
/// signal handler runs; a pattern that takes too long) or kills it (no memory, a file that is cut
/// short while it is mapped) is anything to whoever waits for this process. Where no child is to be
/// had `work` is done here, without any of that.
Outcome supervise(Progress& progress, const std::function<void()>& work);

struct LogLine {
  audit::Level level;
  std::string text;
};

/// Writes the lines into `log` (general/log; empty: auto), apart, for a quarter of a second at
/// most; where that fails to standard error, if that takes them at once.
void log_apart(const std::string& log, const audit::Surroundings& surroundings,
               const std::vector<LogLine>& lines);

}  // namespace badclients::checkpassword
