#pragma once

namespace badclients::cache {

/// Tells SQLite that this process has one thread, and looks up no more than a few rows: no locks
/// around its own data, no counting of memory, no memory set aside for what is not going to come.
/// To be called before anything else of this room, or not at all: it is only faster.
void set_up_for_one_login();

}  // namespace badclients::cache
