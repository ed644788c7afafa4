#include "cache/placement.hpp"

#include <algorithm>

#include "net/network_text.hpp"

namespace badclients::cache {

namespace {

/// The most networks of a range that is no single network. Registries' ranges have two or three.
constexpr std::size_t most_allocations = 8;

unsigned widest(const net::Address& address) {
  return address.is_v4() ? 8 : 16;
}

std::optional<net::Network> network_around(const net::Address& address,
                                           const std::optional<Range>& range) {
  if (!range) return std::nullopt;
  return net::Network::within(range->first, range->second, address);
}

bool lies_within_block(const std::optional<Range>& range, const net::Address& address,
                       const Blocks& blocks) {
  const net::Network block{address, blocks.around(address)};
  return range && block.contains(range->first) && block.contains(range->second);
}

void add(std::vector<net::Network>& networks, const net::Network& network) {
  if (std::find(networks.begin(), networks.end(), network) == networks.end()) {
    networks.push_back(network);
  }
}

}  // namespace

std::optional<Range> range_of(const facts::Origin& origin) {
  if (!origin.prefix) return std::nullopt;
  return Range{origin.prefix->base(), origin.prefix->last()};
}

std::optional<Range> range_of(const facts::Registration& registration) {
  return registration.range;
}

std::vector<net::Network> places(const net::Address& address, const std::optional<Range>& range,
                                 const Blocks& blocks) {
  std::vector<net::Network> networks;
  if (!lies_within_block(range, address, blocks)) {
    networks.emplace_back(address, address.bits());
  }
  for (const auto& network : provisional_places(address, range, blocks)) add(networks, network);
  return networks;
}

std::vector<net::Network> provisional_places(const net::Address& address,
                                             const std::optional<Range>& range,
                                             const Blocks& blocks) {
  std::vector<net::Network> networks{
      stored_network(address, network_around(address, range), blocks)};
  for (const auto& network : allocations(address, range, blocks)) add(networks, network);
  return networks;
}

bool is_own(const net::Network& network, const std::optional<Range>& range,
            const net::Address& address, const Blocks& blocks) {
  return network.prefix() == address.bits() || lies_within_block(range, address, blocks);
}

std::vector<net::Network> allocations(const net::Address& address,
                                      const std::optional<Range>& range, const Blocks& blocks) {
  if (!range || !net::holds(*range, address)) return {};
  auto networks = net::networks_of_range(range->first, range->second);
  const auto wider = [](const auto& a, const auto& b) { return a.prefix() < b.prefix(); };
  std::stable_sort(networks.begin(), networks.end(), wider);
  if (networks.front().prefix() < widest(address)) return {};
  const unsigned block = blocks.around(address);
  std::erase_if(networks, [&](const auto& network) { return network.prefix() >= block; });
  if (networks.size() > most_allocations) networks.resize(most_allocations, networks.front());
  return networks;
}

std::vector<net::Network> allocation_probes(const net::Address& address, const Blocks& blocks) {
  std::vector<net::Network> networks;
  for (unsigned prefix = blocks.around(address); prefix > widest(address);) {
    networks.emplace_back(address, --prefix);
  }
  return networks;
}

}  // namespace badclients::cache
