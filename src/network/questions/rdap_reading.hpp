#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"
#include "network/transport/registries.hpp"

namespace badclients::network {

struct RdapFailure {
  enum class Kind : std::uint8_t {
    unreadable,
    too_much,   ///< the server wants to be asked less: `text` are its words
    denied,     ///< a ban, in the server's words
    elsewhere,  ///< the address is another registry's
  };
  std::string text;
  Kind kind = Kind::unreadable;
  std::optional<Registry> registry{};  ///< kind elsewhere: whose, where the answer says so
};

/// Reads an RDAP answer about an IP network (RFC 9083 section 5.4), foreign and at most 1 MiB:
///   name      but not the handle of an organisation, which AFRINIC writes there
///   country   where it is two letters
///   entities  the handles of all, those of the network first, then those within them
///   range     startAddress and endAddress (zero-padded or with a prefix length behind, as some
///             registries write them), else cidr0_cidrs; none where the answer only repeats the
///             address that was asked for (LACNIC)
/// All empty where the registry keeps the block itself and nobody holds it. A notice about rate
/// limits counts only in an answer that says nothing else. Error: "malformed JSON: ...", "'Rate
/// Limit Notice'" (too much), "an answer that is not about a network", "a network that does not
/// hold 192.0.2.1", "says that the address is none of its own" (elsewhere).
tl::expected<facts::Registration, RdapFailure> read_rdap(std::string_view answer,
                                                         const net::Address& address);

/// Reads the answer that came with an HTTP status other than 200: whether its words (RFC 9083
/// section 6, or a page for people) say that the server was asked too much, or that it bans us.
/// Nothing where they do not.
std::optional<RdapFailure> read_rdap_refusal(std::string_view answer);

}  // namespace badclients::network
