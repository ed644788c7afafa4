#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace badclients::base {

/// The character that `text` begins with.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  ///< in bytes; 0: the first byte begins no character
};

/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. `text` is not
/// empty.
Character first_character(std::string_view text);

/// Whether the byte goes on with a character that one before it begins.
constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// Whether `text` consists of such characters.
bool is_utf8(std::string_view text);

/// UTF-8 as it is; else the text is taken for Latin-1 (ISO 8859-1) and converted.
std::string to_utf8(std::string_view text);

/// Whether the character acts on what displays it instead of being displayed: C0 and C1 controls,
/// DEL, the line and paragraph separators, and the marks that turn the writing direction, with
/// which a text can show another order than it has.
bool is_control(std::uint32_t code);

}  // namespace badclients::base
