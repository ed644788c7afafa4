#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"

/// Running another program for a moment, without trusting it to end.
namespace badclients::base {

struct Command {
  std::string program;  ///< a path; PATH is not searched
  std::vector<std::string> arguments;
  std::string input;  ///< its standard input
  Deadline deadline;
  std::size_t most_output = 0;       ///< of standard output, in bytes
  std::size_t most_stderr_text = 0;  ///< of standard error; more is read and dropped
  /// Hears each whole line of standard output (without its LF) as it comes; what it returns is
  /// written to standard input.
  std::function<std::string(std::string_view line)> listener{};
  /// Looked at before each wait: until when to wait for more, where that is before `deadline`.
  std::function<Deadline()> patience{};
  /// Standard input stays open as long as standard output does; else it ends behind `input`.
  bool answers = false;
};

struct Ran {
  enum class End {
    exited,         ///< by itself, with `code`
    died,           ///< of signal `code`
    hung_up,        ///< closed its standard output, but did not end: killed
    timed_out,      ///< killed at the deadline, or when the patience was over
    said_too_much,  ///< killed when it had printed more than most_output
  };
  End end = End::exited;
  int code = 0;
  std::string output;       ///< standard output, cut at most_output
  std::string stderr_text;  ///< standard error, cut at most_stderr_text
};

/// Starts the program in a process group of its own, with an empty environment, every signal as by
/// default, a nice value 5 above ours, and three descriptors: 0, 1 and 2. When this returns, the
/// program and all that is left of its group are dead and reaped, at the latest a moment after the
/// deadline: what wants to outlive its starter has to leave the group (setsid). Reads on until
/// standard output is closed or the program has ended, whichever is first. For the time of the call
/// SIGPIPE is ignored and SIGCHLD by default in this process (Dovecot may hand down either as it
/// likes). Not for two threads at once. Error: it could not be started ("cannot run
/// /usr/libexec/...: No such file or directory").
tl::expected<Ran, std::string> run(const Command& command);

}  // namespace badclients::base
