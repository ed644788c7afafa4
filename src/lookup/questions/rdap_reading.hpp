#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

namespace badclients::lookup {

struct RdapTrouble {
  std::string text;
  bool too_much = false;  ///< the server wants to be asked less: `text` are its words
};

/// Reads an RDAP answer about an IP network (RFC 9083 section 5.4), foreign and at most 1 MiB:
///   name      but not the handle of an organisation, which AFRINIC writes there
///   country   where it is two letters
///   entities  the handles of all, those of the network first, then those within them
///   range     startAddress and endAddress (zero-padded or with a prefix length behind, as some
///             registries write them), else cidr0_cidrs; none where the answer only repeats the
///             address that was asked for (LACNIC)
/// Error: "malformed JSON: ...", "'Rate Limit Notice'" (too much), "not a
/// network", "a network that does not hold 192.0.2.1", "says that the address is none of its own".
tl::expected<facts::Registration, RdapTrouble> read_rdap(std::string_view answer,
                                                         const net::Address& address);

}  // namespace badclients::lookup
