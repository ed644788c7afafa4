#pragma once

#include <cstddef>

/// What standard output is.
namespace badclients::admin {

/// Its columns where it is a terminal; else those that COLUMNS names, else more than any text has.
std::size_t screen_width();

/// Whether it is a terminal that shows colours: NO_COLOR is not set, TERM is not "dumb".
bool screen_has_colour();

}  // namespace badclients::admin
