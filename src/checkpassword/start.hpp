#pragma once

#include <sys/types.h>

namespace badclients::checkpassword {

/// How the program was started.
struct Start {
  bool credentials_open = false;  ///< fd 3
  bool reply_open = false;        ///< fd 4
  bool stderr_open = false;       ///< fd 2
  mode_t umask = 022;
};

/// The first thing that main does. Closes all descriptors from 5 on: the interface uses none of
/// them, and Dovecot leaks pipes of other logins into us, whose ends somebody waits for. Sees which
/// of the descriptors 0 to 4 are open, and puts /dev/null in the place of those that are not:
/// nothing that is opened later can be taken for the caller's log or reply. Makes the process not
/// dumpable, so that no core file or debugger of the same user sees the password. The umask is 077.
/// SIGPIPE and SIGXFSZ are ignored: what cannot be written is an error and not the end.
/// Throws std::system_error where /dev/null is needed and cannot be opened.
Start harden();

}  // namespace badclients::checkpassword
