#pragma once

#include <string>

#include <tl/expected.hpp>

/// The two fences that the kernel builds for a Sandbox. Both need PR_SET_NO_NEW_PRIVS, hold for the
/// calling thread and those that it starts, and cannot be taken down again.
namespace badclients::network {

/// Landlock: no file, no TCP port, no abstract socket, no signal to another process, as far as this
/// kernel knows how. Does nothing where it has no landlock.
void raise_landlock();

/// Seccomp: the system calls that asking the network takes, and no others. Error: a few words.
tl::expected<void, std::string> raise_seccomp();

}  // namespace badclients::network
