#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "cache/key.hpp"
#include "facts/facts.hpp"
#include "net/network.hpp"

/// Whom an answer about a network (origin, registration) serves: under which networks it is put
/// into a cache, and what it means to find it there.
///
/// Registries answer with the most specific entry that holds the address that was asked for.
/// Another address of that network may lie in a part of it that has an entry of its own. So an
/// answer is the address' own where it was asked for that very address, or where its range lies
/// within the block around it; else it is provisional (facts::Facts::provisional).
namespace badclients::cache {

/// First and last address of what an answer is about.
using Range = std::pair<net::Address, net::Address>;
std::optional<Range> range_of(const facts::Origin& origin);
std::optional<Range> range_of(const facts::Registration& registration);

/// Under which networks an answer is put that `address` was asked for. Where its range lies within
/// the block: under that range, as stored_network. Else under the address alone; under its part of
/// the block, for its neighbours; and under the allocations.
std::vector<net::Network> places(const net::Address& address, const std::optional<Range>& range,
                                 const Blocks& blocks);
/// Those that a provisional answer has.
std::vector<net::Network> provisional_places(const net::Address& address,
                                             const std::optional<Range>& range,
                                             const Blocks& blocks);

/// Whether an answer found under `network`, one of probes(address), is the address' own.
bool is_own(const net::Network& network, const std::optional<Range>& range,
            const net::Address& address, const Blocks& blocks);

/// The networks that make up `range` and are wider than a block, widest first; the first stands for
/// all of them. Nothing where the range does not hold `address`, and where no registry has ever
/// allocated as much (a /7, or an IPv6 /15: all that a registry was given).
std::vector<net::Network> allocations(const net::Address& address,
                                      const std::optional<Range>& range, const Blocks& blocks);
/// Every network of allocations that may hold `address`, narrowest first.
std::vector<net::Network> allocation_probes(const net::Address& address, const Blocks& blocks);

}  // namespace badclients::cache
