#include "budget/counts.hpp"

#include <algorithm>

namespace badclients::budget {

namespace {

constexpr const char* unproven = "unproven";

std::uint32_t quarter(std::uint32_t count) {
  return std::min(count, std::max(count / 4, 2U));
}

}  // namespace

void add_allocation(Purpose& purpose, const net::Network& network) {
  auto& networks = purpose.allocations;
  if (std::find(networks.begin(), networks.end(), network) == networks.end()) {
    networks.push_back(network);
  }
}

std::vector<Count> counts_for(const config::Limits& limits, config::Service service,
                              const Purpose& purpose) {
  std::vector<Count> counts;
  const auto add = [&](config::Limit limit, std::uint32_t most, const std::string& of) {
    limit.count = most;
    counts.push_back({limit, of});
  };
  for (const auto& limit : limits) {
    if (limit.service && *limit.service != service) continue;
    add(limit, limit.count, {});
    if (!purpose.proven) add(limit, (limit.count + 1) / 2, unproven);
    for (const auto& network : purpose.allocations) add(limit, quarter(limit.count), network.str());
  }
  return counts;
}

std::string in_words(const Count& count) {
  return count.of == unproven ? "logins without a checked password" : count.of;
}

}  // namespace badclients::budget
