#pragma once

#include <string>

#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// What a DNS block or allow list says about `address` (RFC 5782): its A records in 127.0.0.0/8,
/// and for a listed address the reason from TXT. 127.255.255.x is no listing but the list's word
/// for "not answered" (a blocked resolver, a typing error in the zone's name, over quota): a
/// failure with that word. So is an answer that is no list's (facts/dnsbl.hpp); 127.0.0.1 beside a
/// listing is left out. TTL: DNS's own.
Outcome<facts::DnsblListing> ask_dnsbl(const QueryContext& context, const net::Address& address,
                                       const std::string& zone);

}  // namespace badclients::network
