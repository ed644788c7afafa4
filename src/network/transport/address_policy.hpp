#pragma once

#include <cstdint>

#include "net/address.hpp"

namespace badclients::network {

/// Whether a server may stand at a special-purpose address (loopback, private, ...). The
/// administrator's own may; one that a stranger's answer names may not, for it would have us talk
/// to hosts that only we can reach.
enum class AddressPolicy : std::uint8_t { anywhere, public_only };

/// Whether a server with that reach may stand at `address`.
bool allows(AddressPolicy address_policy, const net::Address& address);

/// The reach of a server that is named by the one at `by`: a server at a special-purpose address is
/// the administrator's, or one that the administrator's names, and may name others there.
AddressPolicy policy_for_named(const net::Address& by);

}  // namespace badclients::network
