#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/verdict.hpp"

namespace badclients::checkpassword {

/// What the caller asked for, beyond the login itself.
struct Call {
  bool credentials_lookup = false;   ///< AUTHORIZED=1 in the environment
  bool reply_open = false;           ///< fd 4 was open when the program started
  std::vector<std::string> program;  ///< PROGRAM [ARG...]; empty: none
};

/// What to do, as a plain value: exactly one of the three.
struct Answer {
  int exit_code = 0;
  std::string reply;              ///< bytes for fd 4; empty: none
  std::vector<std::string> exec;  ///< not empty: run this instead of exiting
  bool set_authorized = false;    ///< AUTHORIZED=2 in the environment of `exec`
};

/// The table of exit codes in badclients(8). `service` is the login's.
Answer answer(const facts::Verdict& verdict, const Call& call, const std::string& service,
              const config::Config::General& settings);

/// Exit code where it was called wrongly, and where it cannot decide.
int called_wrongly(const Call& call);
inline constexpr int cannot_decide = 111;

/// Carries it out; does not return but by std::exit codes: writes the reply, or execs with
/// descriptors 0, 1, 2 and 4 alone. Returns the exit code for main.
int carry_out(const Answer& answer);

}  // namespace badclients::checkpassword
