#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "door/progress.hpp"
#include "door/start.hpp"
#include "facts/verdict.hpp"

namespace badclients::checkpassword {

/// What the caller asked for, beyond the login itself.
struct Call {
  bool credentials_lookup = false;   ///< AUTHORIZED=1 in the environment
  bool proxied = false;              ///< Dovecot hands the client on to another server
  bool reply_open = false;           ///< fd 4 was open when the program started
  std::vector<std::string> program;  ///< PROGRAM [ARG...]; empty: none
};

/// Exit code, and bytes for fd 4; empty: none. An exit code of 0 without a reply is what
/// Call::program is run for, if there is one.
using door::Answer;

/// The table of exit codes in badclients(8). `service` is the login's. Dovecot's
/// checkpassword-reply is never run: its reply carries the uid and gid that it runs as, which
/// override an earlier passdb's under `userdb prefetch`. One TAB says "success, no fields" instead.
///
/// The text for a refused user is the verdict's, else general/deny_message, in one line of UTF-8 of
/// at most 400 bytes. The reply that carries it is a success, and refuses only where Dovecot's own
/// login process reads it. So it goes out only on the services of deny_message_services, where fd 4
/// leads to Dovecot; never on smtp, where the asking mail server would read a success; never where
/// Dovecot proxies, which comes first; never in a credentials lookup, where the password has not
/// been checked yet.
Answer answer(const facts::Verdict& verdict, const Call& call, const std::string& service,
              const config::Config::General& settings);

/// Exit code where it was called wrongly, and where it cannot decide.
int called_wrongly(const Call& call);
inline constexpr int cannot_decide = 111;

/// Writes the reply and returns the exit code for main; or runs the other program, with descriptors
/// 0, 1, 2 and 4 alone, AUTHORIZED=2 in the environment of a credentials lookup, signals as a fresh
/// process has them and the umask of `start`, and does not return. Error: the reply could not be
/// written, the program not be run; exit with cannot_decide.
tl::expected<int, std::string> carry_out(const Answer& answer, const Call& call,
                                         const door::Start& start);

}  // namespace badclients::checkpassword
