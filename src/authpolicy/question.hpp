#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "door/told.hpp"

namespace badclients::authpolicy {

/// The login that the body of a request asks about: one JSON object with `login`, `remote`,
/// `protocol`, `device_id`, `session_id` and `master`; what else is in it is ignored. An empty text
/// is as good as none. Bytes that are no UTF-8 become U+FFFD. Error: it is no JSON object, one of
/// these is there twice, is no text or has a NUL in it, there is no `login`, or it is longer than
/// 4096 bytes; in words of ours, with nothing of the body.
tl::expected<door::Told, std::string> read_question(std::string_view body);

}  // namespace badclients::authpolicy
