#include "admin/setup/secret.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>

#include <stdexcept>
#include <vector>

namespace badclients::admin::setup {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  // Up to 256 bytes come whole, getrandom(2).
  if (getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
    throw std::runtime_error("the kernel gives no random bytes");
  }
  return fmt::format("{:02x}", fmt::join(random, ""));
}

}  // namespace badclients::admin::setup
