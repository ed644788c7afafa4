#pragma once

#include <cstdint>

#include "net/special.hpp"

namespace badclients::network {

/// Whether a server may stand at a special-purpose address (loopback, private, ...). The
/// administrator's own may; one that a stranger's answer names may not, for it would have us talk
/// to hosts that only we can reach.
enum class AddressPolicy : std::uint8_t { anywhere, public_only };

/// Whether a server may stand at `address`.
inline bool allows(AddressPolicy policy, const net::Address& address) {
  return policy == AddressPolicy::anywhere || !net::special_purpose(address.carried());
}

/// For a server that is named by the one at `by`: a server at a special-purpose address is the
/// administrator's, or one that the administrator's names, and may name others there.
inline AddressPolicy policy_for_named(const net::Address& by) {
  return allows(AddressPolicy::public_only, by) ? AddressPolicy::public_only
                                                : AddressPolicy::anywhere;
}

}  // namespace badclients::network
