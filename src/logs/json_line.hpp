#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace badclients::logs {

/// Reads one JSON object that is all of `text`, and calls `use` with the name and value of each of
/// its members whose value is a text, a number, true or false (as `True`, `False`), or null (none),
/// and with each of a list of these. Members of inner objects are passed over. False where it is
/// no such object.
bool read_json_line(
    std::string_view text,
    const std::function<void(std::string_view name, const std::string* value)>& use);

}  // namespace badclients::logs
