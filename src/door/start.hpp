#pragma once

#include <sys/types.h>

#include <array>

namespace badclients::door {

/// How the program was started.
struct Start {
  std::array<bool, 5> open{};  ///< which of the interface's descriptors were open
  mode_t umask = 022;

  [[nodiscard]] bool stderr_open() const { return open[2]; }
};

/// The first thing that main does, once it knows its options. The door's interface is the first
/// `count` descriptors, at most 5. Closes all others: Dovecot leaks pipes of other logins into us,
/// and somebody waits for their end. Opens /dev/null in the place of interface descriptors that are
/// closed, so that no file opened later is taken for the caller's log or reply. Makes the process
/// not dumpable, so that no core file or debugger of the same user shows the password. Sets the
/// umask to 077. Ignores SIGPIPE and SIGXFSZ: a failed write is then an error, and does not end the
/// process. Throws std::system_error if /dev/null is needed and cannot be opened.
Start harden(int count);

}  // namespace badclients::door
