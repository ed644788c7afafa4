#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::ask {

/// A program that goes on when we have ended.
struct Detached {
  std::string program;                 ///< a path; PATH is not searched
  std::vector<std::string> arguments;  ///< without the program's own name
  std::string input;                   ///< its standard input
  int descriptor = -1;                 ///< becomes its descriptor 3
};

/// Starts the program as nobody's child, in a session of its own and in the folder `/`, with
/// default signals and no environment except TZ (for the times in a log file). Its output and
/// errors go to /dev/null, and `descriptor` is the only one of ours that it has. Takes less than a
/// millisecond; then no process is left that holds another descriptor of ours, or that we have to
/// wait for. Error: no process could be started. Whether it can run the program remains unknown.
tl::expected<void, std::string> start_detached(const Detached& detached);

}  // namespace badclients::ask
