#pragma once

#include <vector>

#include "ask/single_flight.hpp"
#include "cache/key.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::ask {

/// The part of what is wanted that one question is about.
struct FlightKey {
  SingleFlight::Question question = 0;
  facts::Wanted part;
};

/// Two at most: what belongs to the address (reverse names, DNSBLs), and what belongs to the block
/// around it within which the cache lets an answer serve (origin, AS description, registration).
/// Logins from one block share the second question, as long as it is not known that its answer is
/// provisional for most of them: then each address has a question of its own.
std::vector<FlightKey> flight_keys(const net::Address& address, const cache::Blocks& blocks,
                                   const facts::Wanted& wanted, const facts::Facts& known);

}  // namespace badclients::ask
