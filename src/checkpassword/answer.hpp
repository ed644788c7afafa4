#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "door/progress.hpp"
#include "door/start.hpp"
#include "facts/verdict.hpp"

namespace badclients::checkpassword {

/// What the caller asks for, besides the login.
struct Call {
  bool credentials_lookup = false;   ///< AUTHORIZED=1 in the environment
  bool proxied = false;              ///< Dovecot hands the client on to another server
  bool reply_open = false;           ///< fd 4 was open when the program started
  std::vector<std::string> program;  ///< PROGRAM [ARG...]; empty: none
};

/// Exit code, and bytes for fd 4; empty: none. With an exit code of 0 and no reply, Call::program
/// is run, if there is one.
using door::Answer;

/// The answer to a verdict, by the table of exit codes in badclients(8). `service` is the login's.
/// Dovecot's checkpassword-reply is never run: its reply has the uid and gid that it runs as, which
/// replace an earlier passdb's under `userdb prefetch`. One TAB, "success, no fields", is sent
/// instead.
///
/// The text for a refused user is the verdict's, else general/deny_message, in one line of UTF-8 of
/// at most 400 bytes. The reply that carries it is a success, and refuses only if Dovecot's own
/// login process reads it. So it is sent only on the services of deny_message_services, and only if
/// fd 4 leads to Dovecot. It is never sent on smtp, because the mail server that asks would read a
/// success; nor if Dovecot proxies, because proxying comes first; nor in a credentials lookup,
/// because the password is not checked yet.
Answer answer(const facts::Verdict& verdict, const Call& call, const std::string& service,
              const config::Config::General& settings);

/// The exit codes for a wrong call, and for a login that cannot be decided.
int called_wrongly(const Call& call);
inline constexpr int cannot_decide = 111;

/// Writes the reply and returns the exit code for main. Or runs Call::program, and does not return:
/// with descriptors 0, 1, 2 and 4 alone, default signals, the umask of `start`, and in a
/// credentials lookup AUTHORIZED=2 in the environment. Error: the reply could not be written, or
/// the program could not be run; exit with cannot_decide then.
tl::expected<int, std::string> carry_out(const Answer& answer, const Call& call,
                                         const door::Start& start);

}  // namespace badclients::checkpassword
