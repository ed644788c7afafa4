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

/// Starts it as nobody's child, in a session of its own and in the folder `/`, with no
/// environment except TZ (for the times in a log file), every signal as by default, output and
/// complaints to /dev/null, and no descriptor of ours but the one. When this returns, which takes
/// less than a millisecond, no process that it has started holds any other descriptor of ours, or
/// is ours to wait for. Error: it could not be started. That the program cannot be run remains
/// unknown.
tl::expected<void, std::string> start_detached(const Detached& detached);

}  // namespace badclients::ask
