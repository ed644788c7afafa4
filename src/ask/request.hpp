#pragma once

#include "ask/gather.hpp"
#include "ask/memory.hpp"
#include "ask/wire/protocol.hpp"
#include "cache/key.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// What badclients-lookup is asked on behalf of a login.
namespace badclients::ask {

/// The request for the wanted facts, with the known facts that they depend on.
Request request_for(const net::Address& address, const facts::Wanted& wanted,
                    const facts::Facts& known, const Gathering& how, const cache::Blocks& blocks);

/// Adds to the request what is known about the network around, which spares questions: the
/// allocations of the address, and, except in a `refresh`, the ASes whose descriptions are known.
/// Puts these descriptions into `answered`.
void look_around(Memory& memory, const facts::Facts& known, bool refresh,
                 const cache::Blocks& blocks, Request& request, facts::Facts& answered);

}  // namespace badclients::ask
