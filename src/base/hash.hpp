#pragma once

#include <cstdint>
#include <string_view>

namespace badclients::base {

/// FNV-1a, 64 bits. Of several texts in a row: with the hash of those before as `state`.
inline constexpr std::uint64_t hash(std::string_view bytes,
                                    std::uint64_t state = 0xcbf29ce484222325U) {
  for (const char byte : bytes) {
    state = (state ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return state;
}

}  // namespace badclients::base
