#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace badclients::authpolicy {

/// The secret of policy/secret_file: the file's text without the blanks and line ends around it.
/// Error, which names the file: it cannot be read, is no regular file, gives others than its owner
/// any access, is empty, longer than 4 KiB, or not one line of ASCII.
tl::expected<std::string, std::string> read_secret(const std::string& path);

/// Whether both are the same. The time that it takes does not tell where they differ.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace badclients::authpolicy
