#pragma once

#include <string>

#include "door/start.hpp"

namespace badclients::authpolicy {

/// Serves one connection: a child process answers its requests (serve), this one watches the child.
/// If the child hangs or dies, this process answers its request with the verdict that was armed,
/// writes a line that says what happened, and ends the connection. It does not answer where a part
/// of an answer may be under way. At SIGTERM the connection ends after the answer that is due.
/// Returns the exit code: 0, or 1 where the child hung or died.
int serve_connection(const std::string& config_path, const door::Start& start, bool dovecot_log);

}  // namespace badclients::authpolicy
