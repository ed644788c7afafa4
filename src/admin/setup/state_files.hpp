#pragma once

#include <string>

namespace badclients::admin::setup {

/// Removes what badclients keeps in its state_path, and then the folder, where nothing else is in
/// it: no list, GeoIP database, secret or log that lies there is touched. Links are not followed.
/// Returns 0, or errno's value: ENOTEMPTY where something else is there.
int remove_state_folder(const std::string& path);

/// Whether that removes `path`, a file or folder in the state folder.
bool goes_with_state_folder(const std::string& path);

}  // namespace badclients::admin::setup
