#include "network/transport/text.hpp"

#include <algorithm>

namespace badclients::network {

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return contains(text, part); });
}

}  // namespace badclients::network
