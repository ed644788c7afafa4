#pragma once

#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"
#include "network/transport/registries.hpp"

namespace badclients::network {

/// What the registries know about the network of `address`, from the sources of
/// `lookup/registration` in their order. The next one is asked where one cannot answer; where it
/// knows of nothing, for a registry's services do not always know the same, and that nothing is
/// registered is believed only when all of them say so; and WHOIS also where RDAP leaves out a name
/// or a country that WHOIS has. `registry` is the one to ask, after the origin; where there is
/// none, IANA says who it is.
Outcome<facts::Registration> ask_registration(const QueryContext& context,
                                              const net::Address& address,
                                              std::optional<Registry> registry);

/// The same over RDAP (RFC 9082) alone; where no registry is known, ARIN is asked, which redirects
/// for what is not its own. Redirects are followed, 5 at most, never from https to http, never in a
/// circle: to another registry's well-known base URL at the configured one, to other servers as
/// with WHOIS. An answer that names another registry, or says that the address is not its own, is
/// followed like a redirect. HTTP status 404 means that nothing is registered; 429 and 503, and
/// others of 4xx that say so in words, that the server is to be left alone.
Outcome<facts::Registration> ask_registration_by_rdap(const QueryContext& context,
                                                      const net::Address& address,
                                                      std::optional<Registry> registry);

/// The same over WHOIS alone. Referrals are followed, 3 at most, never in a circle:
/// - to another registry (by its well-known name or its configured server), which is then asked at
///   its configured server: its answer is the answer, and its failure a failure, for what the first
///   one said was only that the network is not its own;
/// - to any other server: it may know more than the registry did, but where it fails or makes no
///   sense, the registry's answer stands. Its name came from a stranger, so it is asked at
///   special-purpose addresses only where the server that named it stands at one itself. It speaks
///   for no more than the range whose registration named it.
/// A server that only says that the address is not its own is left for the registry that it names,
/// else for IANA, else for ARIN.
Outcome<facts::Registration> ask_registration_by_whois(const QueryContext& context,
                                                       const net::Address& address,
                                                       std::optional<Registry> registry);

}  // namespace badclients::network
