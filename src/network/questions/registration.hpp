#pragma once

#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"
#include "network/transport/registries.hpp"

namespace badclients::network {

/// What the registries know about the network of `address`, from the sources of
/// `lookup/registration` in their order. The next source is asked if one
/// - cannot answer;
/// - knows of nothing: a registry's services do not always know the same, so that nothing is
///   registered is believed only if all say so;
/// - is RDAP, and leaves out a name or a country: WHOIS may have it.
/// `registry` is the one that the origin names; nothing: IANA is asked which it is.
Outcome<facts::Registration> ask_registration(const QueryContext& context,
                                              const net::Address& address,
                                              std::optional<Registry> registry);

/// The same over RDAP (RFC 9082) alone. If no registry is known, ARIN is asked: it redirects for
/// networks of others. At most 5 redirects are followed, never from https to http, never in a
/// circle. One to another registry's well-known base URL goes to the configured one; for other
/// servers the rules are those of WHOIS. An answer that names another registry, or says that the
/// address is not its own, is followed like a redirect. HTTP status 404 means that nothing is
/// registered; 429 and 503, and others of 4xx that say so in words, mean that the server must be
/// left alone.
Outcome<facts::Registration> ask_registration_by_rdap(const QueryContext& context,
                                                      const net::Address& address,
                                                      std::optional<Registry> registry);

/// The same over WHOIS alone. At most 3 referrals are followed, never in a circle:
/// - to another registry (by its well-known name or its configured server), which is asked at its
///   configured server. Its answer or failure counts: the first registry only said that the network
///   is not its own;
/// - to any other server, which may know more than the registry. If it fails or makes no sense, the
///   registry's answer counts. Its name came from a stranger, so it is asked at a special-purpose
///   address only if the server that named it has one itself. It speaks only for the range whose
///   registration named it.
/// If a server says only that the address is not its own, the registry that it names is asked, else
/// IANA, else ARIN.
Outcome<facts::Registration> ask_registration_by_whois(const QueryContext& context,
                                                       const net::Address& address,
                                                       std::optional<Registry> registry);

}  // namespace badclients::network
