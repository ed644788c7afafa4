#pragma once

#include <string>

#include <tl/expected.hpp>

/// djb's checkpassword interface (https://cr.yp.to/checkpwd/interface.html) as Dovecot speaks it.
namespace badclients::checkpassword {

/// Reads `user NUL password NUL timestamp NUL` from descriptor `fd`, to the third NUL or its end,
/// at most 512 bytes, and returns the user name. It does not wait for the end: Dovecot's auth
/// process leaks the pipe's other end into the programs that it starts for other logins, so the end
/// comes when the last of those has ended. Every byte read is overwritten before it returns,
/// whatever happens; the password is never copied. `fd` is closed. Error: not open, no third NUL in
/// the first 512 bytes, no NUL behind name or password, an empty name; never quotes the input.
tl::expected<std::string, std::string> read_user(int fd);

}  // namespace badclients::checkpassword
