#pragma once

#include <string>

#include <tl/expected.hpp>

namespace badclients::admin {

/// Where the caller is root and `path` belongs to another user: becomes that user, with its groups,
/// for good. So root sees what Dovecot's processes see, and leaves no file in the state folder that
/// they cannot write. Nothing happens where the caller is not root, or `path` does not exist.
/// Error: it could not be done (and the caller must not go on as root).
tl::expected<void, std::string> become_owner_of(const std::string& path);

/// The name of user `uid`, or its number.
std::string user_name(unsigned uid);

}  // namespace badclients::admin
