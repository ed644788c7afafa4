#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin {

/// The command line of one subcommand: what it accepts, and its --help.
struct CommandLine {
  std::string usage;    ///< "check ADDRESS [OPTION]..."
  std::string purpose;  ///< a sentence or two for --help
  boost::program_options::options_description options;
  std::vector<std::string>
      positional;      ///< names of required arguments: option names for their values
  std::string rest{};  ///< name of any number of arguments behind them; empty: there are none
};

/// Reads `arguments`. --help is understood and printed here. Error: the exit code with which to end
/// (exit_good after --help; exit_usage after a message on context.err).
tl::expected<boost::program_options::variables_map, int> read(
    const CommandLine& line, const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin
