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

/// For the wanted facts, with what is known already that they depend on.
Request request_for(const net::Address& address, const facts::Wanted& wanted,
                    const facts::Facts& known, const Gathering& how, const cache::Blocks& blocks);

/// What is known about the network around spares questions: the request says which allocations the
/// address belongs to, and (but not in a `refresh`) which ASes need no description; `answered` has
/// these.
void look_around(Memory& memory, const facts::Facts& known, bool refresh,
                 const cache::Blocks& blocks, Request& request, facts::Facts& answered);

}  // namespace badclients::ask
