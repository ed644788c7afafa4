#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace badclients::authpolicy {

/// The secret of policy/secret_file: the file's text without the blanks and line ends around it.
/// Error, which names the file: it cannot be read, is no regular file, others than its owner have
/// any access to it, it is empty or longer than 4 KiB, or there is more than one line in it.
tl::expected<std::string, std::string> read_secret(const std::string& path);

/// Whether both are the same, in a time that says nothing about where they differ.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace badclients::authpolicy
