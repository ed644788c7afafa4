#include "network/transport/backoff.hpp"

#include <fmt/format.h>

#include "budget/permits.hpp"
#include "budget/servers.hpp"
#include "net/socket.hpp"

namespace badclients::network {

namespace {

using config::Service;
using std::chrono::seconds;

/// When to try again, in whole seconds, as answers have it.
seconds rounded_up(std::chrono::milliseconds wait) {
  return std::max(std::chrono::ceil<seconds>(wait), seconds{1});
}

}  // namespace

budget::ServerName counted_as(Registry registry, Service service) {
  return {service, std::string{to_string(registry)}};
}

budget::ServerName counted_as(const config::Config::Endpoint& whois_server) {
  return {Service::whois, net::host_port(whois_server.host, whois_server.port)};
}

budget::ServerName counted_as(const config::Config::Rdap& rdap, const Url& url) {
  std::optional<Registry> at_same_site;
  for (const auto registry : registries) {
    const auto base = Url::parse(rdap_base(rdap, registry));
    if (!base || base->host != url.host || base->port != url.port) continue;
    if (url.rest.starts_with(base->rest)) return counted_as(registry, Service::rdap);
    if (!at_same_site) at_same_site = registry;
  }
  if (at_same_site) return counted_as(*at_same_site, Service::rdap);
  return {Service::rdap, net::host_port(url.host, url.port)};
}

std::optional<QueryFailure> refused(const QueryContext& context, const budget::ServerName& server,
                                    const std::string& site) {
  if (context.permits == nullptr) return std::nullopt;
  if (!server.valid())
    return QueryFailure{site, fmt::format("{}: not asked: not a server's name", site)};
  const auto refusal = context.permits->permit(server, context.deadline);
  if (!refusal) return std::nullopt;
  return QueryFailure{site, fmt::format("{}: not asked: {}", site, refusal->reason),
                      rounded_up(refusal->wait), facts::Cause::budget};
}

QueryFailure left_alone(const QueryContext& context, const budget::ServerName& server,
                        const std::string& site, seconds length, const std::string& said) {
  length = std::clamp(length, seconds{1}, budget::longest_closed);
  if (context.permits != nullptr) context.permits->close(server, length, said);
  return {site, fmt::format("{}: not now: {}", site, said), length, facts::Cause::budget};
}

}  // namespace badclients::network
