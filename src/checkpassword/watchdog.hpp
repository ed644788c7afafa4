#pragma once

#include <chrono>
#include <string>

#include "checkpassword/answer.hpp"

namespace badclients::checkpassword {

/// Ends the process at a point in time, whatever it is doing: reading from a file system that
/// hangs, writing to a full log, trying a pathological pattern. All waiting that we do ourselves is
/// bounded by the deadline; this is for the rest. What a signal cannot interrupt (a hard NFS mount
/// that is gone) it cannot either.
///
/// Likewise where a file that is mapped into memory is cut short (somebody copies a new GeoIP
/// database over the old one), or cannot be read from its disk: what is then missing raises SIGBUS.
///
/// How: a timer raises SIGALRM, whose handler does nothing but poll, write and _exit, with bytes
/// that were laid ready before the timer was set. One at a time in a process, and only where a
/// single thread runs.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// From now on, at `when`: the answer's reply goes to fd 4, `log_line` (with its end) to standard
  /// error where that takes it at once, and the process ends with the answer's exit code. An answer
  /// that would run another program ends with cannot_decide instead: a handler must not do that
  /// much. Takes the place of what was set before. A reply longer than 1024 bytes, a log line
  /// longer than 4096, are left out.
  void set(std::chrono::steady_clock::time_point when, const Answer& answer,
           const std::string& log_line);

  /// What standard error is told, with its end, before the log line where a file was cut short.
  void explain_cut(const std::string& line);

  /// From now on the time does not matter. To be called before an answer is carried out.
  void stop();
};

}  // namespace badclients::checkpassword
