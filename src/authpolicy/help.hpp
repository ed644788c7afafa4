#pragma once

#include <string>

namespace badclients::authpolicy {

/// What --help prints.
std::string help_text();

}  // namespace badclients::authpolicy
