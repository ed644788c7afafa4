#pragma once

#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"

/// Who announces an address, after Team Cymru (https://www.team-cymru.com/ip-asn-mapping): by DNS
/// (`dns/origin_zone` ...) and by WHOIS (`whois/cymru`), in the order of `lookup/origin`; the next
/// source is asked where one has failed.
namespace badclients::network {

struct OriginAnswer {
  facts::Origin origin;  ///< no AS: not announced
  /// WHOIS says this along with the origin; DNS has to be asked for it.
  std::vector<facts::AsDescription> descriptions;
};

Outcome<OriginAnswer> ask_origin(const QueryContext& context, const net::Address& address);

/// Empty text: the AS has no description. `asn` is not 0.
Outcome<facts::AsDescription> ask_as_description(const QueryContext& context, std::uint32_t asn);

}  // namespace badclients::network
