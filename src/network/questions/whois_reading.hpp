#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "network/transport/registries.hpp"

namespace badclients::network {

/// What a WHOIS answer says about one address. It may be in the form of RIPE, APNIC and AFRINIC
/// (RPSL, RFC 2622), of LACNIC, of ARIN, or of IANA; which one shows by itself.
struct WhoisReading {
  enum class Kind : std::uint8_t {
    network,     ///< a holder's network that holds the address
    nothing,     ///< the server has no entry for it, or the registry keeps its block itself
    elsewhere,   ///< the server only says that another has to be asked
    not_now,     ///< asked too often, banned, out of order
    cut_off,     ///< a network, of which the rest is missing
    unreadable,  ///< none of these
  };
  Kind kind = Kind::unreadable;
  bool denied = false;  ///< kind not_now: a ban, and not only a limit that passes within minutes

  /// kind network: the most specific network that holds the address.
  ///   name      RPSL netname, ARIN NetName; LACNIC's owner, as in its RDAP answers
  ///   country   of the network; ARIN's Country is the organisation's, so there is none
  ///   entities  of the network object alone, in its order: RPSL org admin-c tech-c abuse-c mnt-by
  ///             mnt-irt; LACNIC ownerid owner-c tech-c abuse-c; ARIN the organisation's (or the
  ///             customer's) handle and all ...Handle
  facts::Registration registration;

  /// ARIN's `ReferralServer: [whois://]HOST[:PORT]`, IANA's `refer: HOST` or else `whois: HOST`.
  /// Lower case, never empty.
  std::optional<config::Config::Endpoint> referral;
  /// kind elsewhere: whose the address is, where the answer says so.
  std::optional<Registry> registry;

  /// The line that says why there is nothing; printable ASCII, 100 characters at most.
  std::string said;
};

/// `answer` is foreign: at most 1 MiB of any bytes, UTF-8 or Latin-1 line by line.
WhoisReading read_whois(std::string_view answer, const net::Address& address);

}  // namespace badclients::network
