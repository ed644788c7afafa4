#include "admin/update/network_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace badclients::admin::update {

namespace {

/// The two halves of a network, the lower one first.
bool halves(const net::Network& low, const net::Network& high) {
  return low.prefix() == high.prefix() && low.prefix() > 0 && low.base() != high.base() &&
         net::Network{low.base(), low.prefix() - 1} == net::Network{high.base(), high.prefix() - 1};
}

}  // namespace

std::vector<net::Network> aggregate(std::vector<net::Network> networks) {
  // Sorted by base address, wider ones first, a network can only lie within its nearest predecessor
  // that was kept; and whatever completes a network comes before anything behind it.
  std::ranges::sort(networks);
  std::vector<net::Network> fewest;
  for (const auto& network : networks) {
    if (!fewest.empty() && fewest.back().contains(network)) continue;
    fewest.push_back(network);
    while (fewest.size() >= 2 && halves(fewest[fewest.size() - 2], fewest.back())) {
      fewest.pop_back();
      const auto low = fewest.back();
      fewest.back() = net::Network{low.base(), low.prefix() - 1};
    }
  }
  return fewest;
}

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
