#pragma once

#include <string>
#include <string_view>

namespace badclients::registry {

/// What a stranger wrote, as registry.db keeps it: UTF-8 as it is, else taken for Latin-1; blanks
/// of all kinds, control characters too, as one blank each; without those around it; cut to
/// facts::longest_field bytes, between two characters.
std::string foreign_text(std::string_view text);

}  // namespace badclients::registry
