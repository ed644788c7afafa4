#pragma once

#include "facts/facts.hpp"

namespace badclients::lookup {

/// Whether that is no network, but an object by which a registry says that an address is another's:
/// RIPE's NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK, APNIC's IANA-NETBLOCK-8, everyone's 0.0.0.0/0.
bool is_placeholder(const facts::Registration& registration);

}  // namespace badclients::lookup
