#pragma once

#include <string>

#include "door/start.hpp"

namespace badclients::authpolicy {

/// One connection: answers its requests (serve) in a process of its own, and watches that. What
/// becomes of that process is nothing to the client: the request that it works on is answered in
/// its place with the verdict that it had, and has a line that says what happened; unless a part of
/// an answer may be under way. Then the connection ends. SIGTERM lets it end after the answer that
/// is due. Returns the exit code: 0, or 1 where the process did not come to its end.
int serve_connection(const std::string& config_path, const door::Start& start, bool dovecot_log);

}  // namespace badclients::authpolicy
