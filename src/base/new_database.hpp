#pragma once

#include <string>

#include "base/state_file.hpp"

namespace badclients::base {

/// Makes a database with these tables where there is none, whole at once, as open_state_file makes
/// a file. Waits a tenth of a second at most for others that do.
///
/// Those who still have open one of that name that was deleted have its WAL and the WAL's index,
/// and keep them to themselves: what these were called is gone before the new file has its name.
/// Who opens them only now would write his pages behind those of the new file, or, with a file that
/// he finds empty, delete the new WAL. False: it cannot be made so.
bool make_database(const std::string& folder, StateFile name, const char* schema);

}  // namespace badclients::base
