#pragma once

#include <cstddef>
#include <string>

namespace badclients::admin::setup {

/// Of the secret of Dovecot and badclients-policy.
inline constexpr std::size_t secret_bytes = 24;

/// That many random bytes, in hex. Throws std::runtime_error where the kernel gives none.
std::string random_hex(std::size_t bytes);

}  // namespace badclients::admin::setup
