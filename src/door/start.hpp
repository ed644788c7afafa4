#pragma once

#include <sys/types.h>

#include <array>

namespace badclients::door {

/// How the program was started.
struct Start {
  std::array<bool, 5> open{};  ///< which of the interface's descriptors
  mode_t umask = 022;

  [[nodiscard]] bool stderr_open() const { return open[2]; }
};

/// The first thing that main does, once it knows its options. The door's interface is the first
/// `count` descriptors, at most 5. Closes all others: Dovecot leaks pipes of other logins into us,
/// whose ends somebody waits for. Sees which of the interface's are open, and puts /dev/null in the
/// place of those that are not: nothing that is opened later can be taken for the caller's log or
/// reply. Makes the process not dumpable, so that no core file or debugger of the same user sees
/// the password. The umask is 077. SIGPIPE and SIGXFSZ are ignored: what cannot be written is an
/// error and not the end. Throws std::system_error where /dev/null is needed and cannot be opened.
Start harden(int count);

}  // namespace badclients::door
