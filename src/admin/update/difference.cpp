#include "admin/update/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace badclients::admin::update {

std::string Difference::text(std::size_t most) const {
  const auto lines = added.size() + removed.size();
  std::string text;
  auto plus = added.begin();
  auto minus = removed.begin();
  for (std::size_t i = 0; i < std::min(lines, most); ++i) {
    const bool gone = minus != removed.end() && (plus == added.end() || *minus < *plus);
    text += fmt::format("{}{}\n", gone ? '-' : '+', (gone ? *minus++ : *plus++).str());
  }
  if (lines > most) text += fmt::format("... and {} more\n", lines - most);
  return text;
}

Difference compare(const std::vector<net::Network>& before,
                   const std::vector<net::Network>& after) {
  Difference difference;
  std::ranges::set_difference(after, before, std::back_inserter(difference.added));
  std::ranges::set_difference(before, after, std::back_inserter(difference.removed));
  return difference;
}

}  // namespace badclients::admin::update
