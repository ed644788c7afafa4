#include "network/transport/fetch.hpp"

#include <fmt/format.h>

namespace badclients::network {

namespace {

constexpr std::size_t longest_body = 1024 * 1024;

/// What libcurl is told about a host; nothing for an address literal.
std::vector<std::string> resolution(const Url& url, const std::vector<net::Address>& addresses) {
  if (net::Address::parse(url.host)) return {};
  std::string entry = fmt::format("{}:{}:", url.host, url.port);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    entry += (i == 0 ? "" : ",") + addresses[i].str();
  }
  return {std::move(entry)};
}

/// One conversation with the host that `server` says: the URL's, or the proxy's. IPv6 is asked for,
/// and tried, where IPv4 has led to no connection.
tl::expected<network::HttpsResponse, std::string> talk(const QueryContext& context,
                                                       network::HttpsRequest request,
                                                       const Url& server, AddressPolicy policy) {
  std::string first_failure;
  const auto note = [&](const std::string& what) {
    if (first_failure.empty()) first_failure = what;
  };
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    auto addresses = context.resolver.addresses(server.host, family, context.deadline);
    if (!addresses) {
      note(addresses.error());
      continue;
    }
    const auto refused = std::erase_if(
        *addresses, [policy](const net::Address& each) { return !allows(policy, each); });
    if (refused > 0) note("not asked, for its address is special-purpose");
    if (addresses->empty()) continue;
    request.resolved = resolution(server, *addresses);
    const SourceWatch::Question waiting(context.watch, context.source);
    request.time = std::chrono::duration_cast<std::chrono::milliseconds>(
        waiting.until(context.deadline) - std::chrono::steady_clock::now());
    if (request.time <= std::chrono::milliseconds::zero()) {
      note("no answer in time");
      break;
    }
    auto response = context.https->get(request);
    if (response.status != 0) waiting.answered();
    if (response.trouble.empty()) return response;
    note(response.trouble);
    if (!response.unreachable) break;
  }
  note("has no address");
  return tl::unexpected(first_failure);
}

}  // namespace

tl::expected<Page, std::string> fetch(const QueryContext& context, const Url& url,
                                      const std::string& accept, AddressPolicy policy) {
  const auto fail = [&](std::string_view why) {
    return tl::unexpected(fmt::format("{}: {}", url.site(), why));
  };
  if (context.https == nullptr) return fail("not asked, for HTTPS was not started");
  const auto literal = net::Address::parse(url.host);
  if (literal && !allows(policy, *literal)) {
    return fail("not asked, for its address is special-purpose");
  }
  network::HttpsRequest request{url.str(), "badclients", {"Accept: " + accept}};
  request.proxy = context.config.rdap.proxy;
  request.longest = longest_body;
  const auto proxy = Url::parse(context.config.rdap.proxy);
  auto response = proxy ? talk(context, request, *proxy, AddressPolicy::anywhere)
                        : talk(context, request, url, policy);
  if (!response) return fail(response.error());

  // Behind a proxy nobody knows where the server stands.
  const auto server = net::Address::parse(response->server);
  const auto next = server && !proxy ? policy_for_named(*server) : AddressPolicy::public_only;
  return Page{response->status, std::move(response->body), std::move(response->redirect),
              response->retry_after, next};
}

}  // namespace badclients::network
