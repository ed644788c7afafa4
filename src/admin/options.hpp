#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "admin/context.hpp"
#include "config/config.hpp"

namespace badclients::admin {

/// The command line of one subcommand: what it accepts, and its --help.
struct CommandLine {
  std::string usage;    ///< "check ADDRESS [OPTION]..."
  std::string purpose;  ///< a sentence or two for --help
  /// Names of required arguments, for Call::text(). Messages have them in capitals: "address".
  std::vector<std::string> positional{};
  std::string rest{};       ///< name of any number of arguments behind them; empty: there are none
  bool needs_rest = false;  ///< of one, at least
  boost::program_options::options_description options{};

  /// An option without a value. `name` is Boost.Program_options': "quiet,q".
  CommandLine& flag(const char* name, const char* help);
  /// An option with a value, which --help calls `value`.
  CommandLine& value(const char* name, const char* value, const char* help);
};

/// A command line that was read, and the configuration.
struct Call {
  const Context& context;
  boost::program_options::variables_map values;
  config::Config config{};
  std::vector<config::Problem> problems{};  ///< of the configuration

  [[nodiscard]] bool has(const char* option) const { return values.count(option) != 0; }
  /// Of an option or required argument; empty where it is not given.
  [[nodiscard]] std::string text(const char* name) const;
  /// Of CommandLine::rest.
  [[nodiscard]] std::vector<std::string> words(const std::string& name) const;

  /// Reads the configuration. False, with a complaint: it cannot be read.
  [[nodiscard]] bool load();
  /// Of the configuration's lines that have no effect.
  [[nodiscard]] std::vector<std::string> errors() const;
  /// Complains; the exit code for what cannot be done.
  [[nodiscard]] int cannot(const std::string& why) const;
};

/// In place of all arguments: prints the options, a line each: name, TAB, what --help calls its
/// value, TAB, its help. For `badclientsctl complete`.
inline constexpr std::string_view list_options = "--list-options";

/// Reads `arguments`. --help and --version are understood and answered here. Error: the exit code
/// with which to end (exit_good after these; exit_usage after a message on context.err, in the
/// words of who typed it: "check needs an ADDRESS").
tl::expected<Call, int> read(const CommandLine& line, const std::vector<std::string>& arguments,
                             const Context& context);

/// The same, with the configuration (exit_cannot_decide where it cannot be read).
tl::expected<Call, int> begin(const CommandLine& line, const std::vector<std::string>& arguments,
                              const Context& context);

}  // namespace badclients::admin
