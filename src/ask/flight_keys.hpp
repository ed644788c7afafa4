#pragma once

#include <vector>

#include "ask/single_flight.hpp"
#include "cache/key.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::ask {

/// One question, and the part of what is wanted that it is about.
struct FlightKey {
  SingleFlight::Question question = 0;
  facts::Wanted part;
};

/// Two at most: one about the address (reverse names, DNSBLs), and one about the block around it
/// within which an answer of the cache serves (origin, AS description, registration). Logins from
/// one block share the second question, unless its answers are known to be wider than the block and
/// so provisional for most of them: then each address has its own.
std::vector<FlightKey> flight_keys(const net::Address& address, const cache::Blocks& blocks,
                                   const facts::Wanted& wanted, const facts::Facts& known);

}  // namespace badclients::ask
