#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "cache/key.hpp"
#include "facts/facts.hpp"
#include "net/network.hpp"

/// Which addresses an answer about a network (origin, registration) serves: under which networks it
/// is put into a cache, and what it means to find it there.
///
/// Registries answer with the most specific entry that holds the address that was asked for.
/// Another address of that network may lie in a part of it that has an entry of its own. So an
/// answer is the address' own if it was asked for that very address, or if its range lies within
/// the block around it; else it is provisional (facts::Facts::provisional).
namespace badclients::cache {

/// First and last address of what an answer is about.
using Range = std::pair<net::Address, net::Address>;
std::optional<Range> range_of(const facts::Origin& origin);
std::optional<Range> range_of(const facts::Registration& registration);

/// The networks under which the answer for `address` is put. If its range lies within the block:
/// that range, by stored_network(). Else the address alone; the range's part of the block, for
/// neighbours; and the allocations.
std::vector<net::Network> places(const net::Address& address, const std::optional<Range>& range,
                                 const Blocks& blocks);
/// The same for a provisional answer.
std::vector<net::Network> provisional_places(const net::Address& address,
                                             const std::optional<Range>& range,
                                             const Blocks& blocks);

/// Whether an answer found under `network`, one of probes(address), is the address' own.
bool is_own(const net::Network& network, const std::optional<Range>& range,
            const net::Address& address, const Blocks& blocks);

/// The networks that make up `range` and are wider than a block, the widest first, which stands for
/// all. None if the range does not hold `address`, or is wider than any allocation (a /7, or an
/// IPv6 /15: what a registry itself was given).
std::vector<net::Network> allocations(const net::Address& address,
                                      const std::optional<Range>& range, const Blocks& blocks);
/// Every network that allocations() may give for `address`, the narrowest first.
std::vector<net::Network> allocation_probes(const net::Address& address, const Blocks& blocks);

}  // namespace badclients::cache
