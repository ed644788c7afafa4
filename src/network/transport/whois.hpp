#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "network/transport/address_policy.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// "whois.ripe.net"; with its port where that is not 43: "127.0.0.1:4343"
std::string whois_name(const config::Config::Endpoint& server);

struct WhoisAnswer {
  std::string text;     ///< as sent, at most 1 MiB
  net::Address server;  ///< the address that answered
};

/// One question and its answer (RFC 3912). The host's IPv4 addresses are tried first, then IPv6.
/// Error: "whois.ripe.net: connection refused"; an empty answer, one over 1 MiB and one with NUL
/// bytes are errors too.
tl::expected<WhoisAnswer, std::string> ask_whois(const QueryContext& context,
                                                 const config::Config::Endpoint& server,
                                                 std::string_view question, AddressPolicy policy);

}  // namespace badclients::network
