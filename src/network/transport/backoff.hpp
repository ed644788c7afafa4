#pragma once

#include <optional>
#include <string>

#include "budget/server_name.hpp"
#include "network/transport/query_context.hpp"
#include "network/transport/registries.hpp"
#include "network/transport/url.hpp"

/// Asking a server no more often than it wants. Every question over RDAP and WHOIS passes here
/// first.
namespace badclients::network {

/// Under which name a server's questions are counted: the registry's, or its own.
budget::ServerName counted_as(Registry registry, config::Service service);
budget::ServerName counted_as(const config::Config::Endpoint& whois_server);
budget::ServerName counted_as(const config::Config::Rdap& rdap, const Url& url);

/// Nothing: one question may be put to `server` now. Else the failure that says why not: "SITE: not
/// asked: its budget of 8/1m is used up until ...". Everything is permitted where there is nobody
/// to ask (QueryContext::permits).
std::optional<QueryFailure> refused(const QueryContext& context, const budget::ServerName& server,
                                    const std::string& site);

/// How long a server is left alone that says "too much" without saying for how long. Measured by
/// what is known of LACNIC, whose limit takes five minutes to pass, and of the RIPE NCC, AFRINIC
/// and APNIC, which deny access for up to a day, and for good where they are asked all the same.
inline constexpr std::chrono::seconds after_too_much{std::chrono::minutes{5}};
inline constexpr std::chrono::seconds after_denied{std::chrono::hours{24}};
/// It cannot answer anybody (HTTP status 503).
inline constexpr std::chrono::seconds after_unavailable{std::chrono::minutes{1}};

/// `server` does not want to be asked for this long: closes it in the accounts. The failure:
/// "SITE: not now: SAID".
QueryFailure left_alone(const QueryContext& context, const budget::ServerName& server,
                        const std::string& site, std::chrono::seconds length,
                        const std::string& said);

}  // namespace badclients::network
