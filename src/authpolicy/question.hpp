#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "door/told.hpp"

namespace badclients::authpolicy {

/// The login that the body of a request asks about: one JSON object with `login`, `remote`,
/// `protocol`, `device_id`, `session_id` and `master`; all else in it is ignored. An empty string
/// is as good as none. Bytes that are no UTF-8 become U+FFFD. `login`, `device_id`, `session_id`
/// and `master` are cut at 4096 bytes. Error: the body is no JSON object, one of the six is there
/// twice, is no string or has a NUL in it, or there is no `login`; in words of ours, with no bytes
/// of the body.
tl::expected<door::Told, std::string> read_question(std::string_view body);

}  // namespace badclients::authpolicy
