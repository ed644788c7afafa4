#pragma once

#include <string>

#include <tl/expected.hpp>

/// djb's checkpassword interface (https://cr.yp.to/checkpwd/interface.html) as Dovecot speaks it.
namespace badclients::checkpassword {

/// Reads `user NUL password NUL timestamp NUL` from descriptor `fd`, to the third NUL or the end,
/// at most 512 bytes, and returns the user name. Does not wait for the end: Dovecot's auth process
/// leaks the pipe's other end into the programs that it starts for other logins, so the end comes
/// when the last of those has ended. Closes `fd`. Overwrites every byte that it read, whatever
/// happens, and never copies the password. Error: `fd` cannot be read, 512 bytes without a third
/// NUL, no NUL behind name or password, an empty name. The error never quotes the input.
tl::expected<std::string, std::string> read_user(int fd);

}  // namespace badclients::checkpassword
