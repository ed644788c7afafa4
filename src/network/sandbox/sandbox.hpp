#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"

/// What badclients-lookup locks itself in with before it hears the first word of a stranger: it
/// then has no file, no process, no port and no privilege to lose, and ends by itself. Not the only
/// fence: its parent kills it at the deadline and believes nothing that it prints unchecked.
namespace badclients::network {

struct Sandbox {
  /// The kernel ends the process (SIGALRM) when this point is well past.
  base::Deadline end;
  /// What stays open besides 0, 1 and 2. Every other descriptor is closed.
  std::vector<int> descriptors;
};

/// Enters it; there is no way out. To be called when all that has to be opened is open, and before
/// the first thread is started. From here on:
/// - no file can be opened, made or asked about (landlock, where the kernel has it, and seccomp);
/// - no process can be made, become another program, be signalled, traced or read;
/// - sockets are TCP and UDP over IPv4 and IPv6, and only to ask: no bind, no listen, no accept, no
///   group joined; of local ones there are only stream pairs, which reach nobody else;
/// - no privilege is left or can be had; no memory can be made executable;
/// - 256 MiB of address space, 10 s of CPU, 1,024 descriptors, no core. Nothing grows a file, but
///   where standard output or error is one. (Not RLIMIT_NPROC: it counts all processes of a user,
///   and we may share ours with others.)
/// What is forbidden fails with EPERM, opening with EACCES, as on a machine where it is not
/// permitted; nothing is killed for trying, since libraries do try.
///
/// Error: why the process is not locked in. It must not go on then. Only seccomp can fail: landlock
/// is a second fence, that older kernels and some containers lack.
tl::expected<void, std::string> enter(const Sandbox& sandbox);

}  // namespace badclients::network
