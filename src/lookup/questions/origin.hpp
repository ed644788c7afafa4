#pragma once

#include <optional>

#include "facts/facts.hpp"
#include "lookup/transport/asking.hpp"

/// Who announces an address, after Team Cymru (https://www.team-cymru.com/ip-asn-mapping): by DNS
/// (`dns/origin_zone` ...) and by WHOIS (`whois/cymru`), in the order of `lookup/origin`; the next
/// source is asked where one has failed.
namespace badclients::lookup {

struct OriginAnswer {
  facts::Origin origin;  ///< no AS: not announced
  /// WHOIS says this along with the origin; DNS has to be asked for it.
  std::vector<facts::AsDescription> descriptions;
};

Outcome<OriginAnswer> ask_origin(const Asking& asking, const net::Address& address);

/// Empty text: the AS has no description. `asn` is not 0.
Outcome<facts::AsDescription> ask_as_description(const Asking& asking, std::uint32_t asn);

}  // namespace badclients::lookup
