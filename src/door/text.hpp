#pragma once

#include <string>
#include <string_view>

namespace badclients::door {

/// A text for the user: one line of printable UTF-8 of at most 400 bytes, cut between characters.
/// Control characters become blanks, bytes that are no UTF-8 become `?`, blanks at the end go. The
/// result cannot end a line of IMAP, and has no byte that Dovecot's checkpassword reply would have
/// to escape (TAB, CR, LF, byte 1).
std::string one_line(std::string_view text);

}  // namespace badclients::door
