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

/// Does the program's work, if neither --help nor --version is given, and returns the exit code.
/// `begin`: when the program began. Error: what is wrong with the command line.
using Work = std::function<int(tl::expected<Options, std::string> options, const Start& start,
                               std::chrono::steady_clock::time_point begin)>;

/// The main of such a program. If it cannot even begin, writes why to standard error and exits 111.
[[noreturn]] void run(const Program& program, int argc, const char* const* argv, const Work& work);

}  // namespace badclients::door
