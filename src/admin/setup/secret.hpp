#pragma once

#include <cstddef>
#include <string>

namespace badclients::admin::setup {

/// That many random bytes, in hex. Throws std::runtime_error where the kernel gives none.
std::string random_hex(std::size_t bytes);

}  // namespace badclients::admin::setup
