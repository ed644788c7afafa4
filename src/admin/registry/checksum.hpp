#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace badclients::admin::registry_command {

/// The MD5 sum of all that the file holds, in lower-case hexadecimal; the descriptor stays where it
/// stands. Error: why there is none.
tl::expected<std::string, std::string> md5_of(int descriptor);

/// The sum in a publisher's .md5 file: `MD5 (name) = SUM` or `SUM  name`, whatever the name is (one
/// names its dated file), with a line end or without. Nothing where there is none, or several.
std::optional<std::string> sum_in(std::string_view text);

}  // namespace badclients::admin::registry_command
