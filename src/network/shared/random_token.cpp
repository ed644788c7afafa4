#include "network/shared/random_token.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdint>

namespace badclients::network {

std::string random_token() {
  std::array<std::uint64_t, 2> bits{};
  while (getrandom(bits.data(), sizeof bits, 0) != sizeof bits) {
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

}  // namespace badclients::network
