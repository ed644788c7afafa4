#pragma once

#include <string>

namespace badclients::checkpassword {

/// What --help prints.
std::string help_text();

}  // namespace badclients::checkpassword
