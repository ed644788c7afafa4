#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

/// Reading Team Cymru's answers: fields between `|`. Errors say what is wrong and quote the answer.
namespace badclients::network {

/// TXT records `63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02`; several AS numbers may stand
/// in the first field. Of several records the most specific prefix counts; those with the same
/// prefix are one. Records of another form are passed over when there is a good one.
tl::expected<facts::Origin, std::string> read_origin(std::span<const std::string> records,
                                                     const net::Address& address);

/// The AS description: what stands behind the fourth `|` of
/// `63949 | US | arin | 2014-10-15 | AKAMAI-LINODE-AP - Akamai Connected Cloud, SG`.
/// No records: it has none.
tl::expected<facts::AsDescription, std::string> read_as_description(
    std::span<const std::string> records, std::uint32_t asn);

/// The same from WHOIS, ` -v ADDRESS`; unknown fields are `NA`:
/// `63949 | 139.162.133.252 | 139.162.128.0/19 | NL | ripencc | 2004-02-02 | AKAMAI-LINODE-AP ...`
struct CymruWhois {
  facts::Origin origin;
  std::vector<facts::AsDescription> descriptions;  ///< of its ASes; an empty text: there is none
};
tl::expected<CymruWhois, std::string> read_cymru_whois(std::string_view answer,
                                                       const net::Address& address);

/// The same for an AS, ` -v AS63949`; lines as in the TXT record.
tl::expected<facts::AsDescription, std::string> read_as_description_whois(std::string_view answer,
                                                                          std::uint32_t asn);

}  // namespace badclients::network
