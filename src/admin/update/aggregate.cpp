#include "admin/update/aggregate.hpp"

#include <algorithm>

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

}  // namespace badclients::admin::update
