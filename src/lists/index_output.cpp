#include "lists/index_output.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "lists/index.hpp"

namespace badclients::lists::format {

void check_length(std::uint64_t bytes) {
  if (bytes <= largest_index) return;
  throw std::length_error(fmt::format(
      "the lists are too long: compiled, they take more than the {} MiB that a login can map, "
      "which are {} million networks of IPv4, or {} million of IPv6",
      largest_index >> 20U, largest_index / sizeof(Network<Key4>) / 1'000'000,
      largest_index / sizeof(Network<Key6>) / 1'000'000));
}

std::uint64_t Output::start() {
  constexpr std::string_view zeros("\0\0\0\0\0\0\0", 7);
  append(zeros.substr(0, (8 - writer_.size() % 8) % 8));
  return body + writer_.size();
}

std::uint64_t Output::finish() {
  writer_.finish();
  return body + writer_.size();
}

void Output::append(std::string_view bytes) {
  check_length(body + writer_.size() + bytes.size());
  writer_.append(bytes);
}

}  // namespace badclients::lists::format
