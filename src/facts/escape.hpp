#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// Fields of a line: the level of writing under serialise.hpp, shared with the helper's protocol.
namespace badclients::facts {

/// TAB, LF, CR, NUL and backslash as \t \n \r \0 \\; every other byte as it is.
std::string escaped(std::string_view text);

/// The reverse. Error: an unknown escape, a lone backslash at the end, or one of those bytes
/// itself.
tl::expected<std::string, std::string> unescaped(std::string_view field);

/// Foreign text for people's eyes (a trouble, a source): at most `longest` bytes, and everything
/// but printable ASCII is '?', so that it can stand in any log.
std::string printable(std::string_view text, std::size_t longest);

}  // namespace badclients::facts
