#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.hpp"

namespace badclients::door {

/// The command line of badclients(8) and badclients-policy(8).
struct Options {
  std::string config{config::default_path};
  bool help = false, version = false;
  bool background = false;        ///< do what a login has left to do (ask/background.hpp)
  std::vector<std::string> rest;  ///< what stands behind the options: PROGRAM [ARG...]
};

/// Reads the arguments behind the program's own name. Options end at `--`, or at the first argument
/// that is no option. What follows is the rest, untouched. Error: an unknown option, a missing
/// value.
tl::expected<Options, std::string> read_options(std::span<const char* const> arguments);

}  // namespace badclients::door
