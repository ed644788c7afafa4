#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "door/options.hpp"
#include "door/start.hpp"

namespace badclients::door {

/// A program that Dovecot starts.
struct Program {
  const char *name, *version;
  std::string (*help)();
  int descriptors;         ///< its interface, as harden() takes it
  bool takes_rest = true;  ///< whether something may stand behind its options
};

/// Where neither --help nor --version is asked for: does the work and returns the exit code.
/// `begin`: when the program began. Error: what is wrong with the command line.
using Work = std::function<int(tl::expected<Options, std::string> options, const Start& start,
                               std::chrono::steady_clock::time_point begin)>;

/// The main of such a program. Where it cannot even begin, it says so on standard error and exits
/// with 111.
[[noreturn]] void run(const Program& program, int argc, const char* const* argv, const Work& work);

}  // namespace badclients::door
