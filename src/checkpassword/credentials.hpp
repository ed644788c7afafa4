#pragma once

#include <string>

#include <tl/expected.hpp>

/// djb's checkpassword interface (https://cr.yp.to/checkpwd/interface.html) as Dovecot speaks it.
namespace badclients::checkpassword {

/// Reads descriptor `fd` to its end, at most 512 bytes, `user NUL password NUL timestamp NUL
/// [more]`, and returns the user name. Every byte read is overwritten before it returns, whatever
/// happens; the password is never copied. `fd` is closed. Error: not open, longer than 512 bytes,
/// no NUL behind name or password, an empty name; never quotes the input.
tl::expected<std::string, std::string> read_user(int fd);

}  // namespace badclients::checkpassword
