#pragma once

#include <string>
#include <string_view>

namespace badclients::door {

/// A text for the user in one line of printable UTF-8 of at most 400 bytes, cut behind a character:
/// blanks for control characters, `?` for bytes that are no UTF-8, no blanks at the end. Nothing is
/// left in it that could end a line of IMAP, or that Dovecot's checkpassword reply would have to
/// escape (TAB, CR, LF, byte 1).
std::string one_line(std::string_view text);

}  // namespace badclients::door
