#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "facts/facts.hpp"

/// badclientsctl's subcommands, a file each: what they find out is a plain value, what they print
/// is made from it.
namespace badclients::admin {

/// What every subcommand gets from main.
struct Context {
  std::string config_path;
  std::function<facts::Time()> now;  ///< the clock on the wall
  std::ostream& out;                 ///< what was asked for
  std::ostream& err;                 ///< what is wrong

  /// "badclientsctl: WHAT"; foreign bytes do not reach the terminal.
  void complain(const std::string& what) const;
};

/// Exit codes, the same for every subcommand; badclientsctl(8) says what each means there.
inline constexpr int exit_good = 0;  ///< done, or nothing found
inline constexpr int exit_bad = 1;   ///< found: a fault, a hit, a denial
inline constexpr int exit_usage = 2;
/// What was asked for is not possible: something cannot be read, or decided.
inline constexpr int exit_cannot_decide = 2;

/// What --version prints.
std::string version_text();

}  // namespace badclients::admin
