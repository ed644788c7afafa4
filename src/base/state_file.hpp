#pragma once

#include <string>

#include "base/descriptor.hpp"

namespace badclients::base {

/// Opens `folder`/`name` for reading and writing, and makes it with mode 0600 where there is none.
/// root's badclientsctl may be the first: a file that root makes belongs to the folder's owner, so
/// that Dovecot's user can use it; one that root made before the folder was given away is replaced.
/// Never follows a symbolic link, never waits. Not open: errno says why.
Descriptor open_state_file(const std::string& folder, const std::string& name);

/// Takes away a file of another user's that we cannot use, where the folder is ours: what root made
/// before it gave the folder to us must not be in the way. True: it is gone.
bool remove_foreign_file(const std::string& folder, const std::string& name);

}  // namespace badclients::base
