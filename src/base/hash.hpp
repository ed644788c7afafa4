#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace badclients::base {

/// 64 bits of every byte, eight at a time. A text in pieces has the hash of its last piece, each
/// begun with the hash of the one before as `state`: other lengths of pieces give another hash. For
/// tables and against damage, not against an enemy. The same on every machine of one byte order.
inline std::uint64_t hash(std::string_view bytes, std::uint64_t state = 0xcbf29ce484222325) {
  const auto mix = [&](std::uint64_t word) {
    state = (state ^ word) * 0x9e3779b97f4a7c15;
    state ^= state >> 32U;
  };
  mix(bytes.size());
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
    bytes.remove_prefix(sizeof word);
  }
  if (!bytes.empty()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    mix(word);
  }
  return state;
}

}  // namespace badclients::base
