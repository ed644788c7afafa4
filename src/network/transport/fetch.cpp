#include "network/transport/fetch.hpp"

#include <fmt/format.h>

namespace badclients::network {

namespace {

constexpr std::size_t longest_body = 1024 * 1024;

/// What libcurl is told about a host; nothing to tell for an address literal.
std::vector<std::string> resolution(const Url& url, const std::vector<net::Address>& addresses) {
  if (net::Address::parse(url.host)) return {};
  std::string entry = fmt::format("{}:{}:", url.host, url.port);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    entry += (i == 0 ? "" : ",") + addresses[i].str();
  }
  return {std::move(entry)};
}

/// One conversation with the host that `server` says: the URL's, or the proxy's.
class Fetch {
 public:
  Fetch(const QueryContext& context, const Https& https, const Url& url, const std::string& accept)
      : context_(context), https_(https) {
    request_.url = url.str();
    request_.accept = accept;
    request_.proxy = context.config.rdap.proxy;
    request_.longest = longest_body;
  }

  /// IPv6 is asked for, and tried, where IPv4 has led to no connection.
  tl::expected<HttpsResponse, std::string> talk_to(const Url& server,
                                                   AddressPolicy address_policy) {
    std::string trouble;
    const auto note = [&](const std::string& what) {
      if (trouble.empty()) trouble = what;
    };
    for (const auto family : {net::Family::v4, net::Family::v6}) {
      auto addresses = context_.resolver.addresses(server.host, family, context_.deadline);
      if (!addresses) {
        note(addresses.error());
        continue;
      }
      const auto refused = std::erase_if(*addresses, [address_policy](const net::Address& each) {
        return !allows(address_policy, each);
      });
      if (refused > 0) note("not asked, for its address is special-purpose");
      if (addresses->empty()) continue;
      request_.resolved = resolution(server, *addresses);
      auto response = get();
      if (response.trouble.empty()) return response;
      note(response.trouble);
      if (!response.unreachable) break;
    }
    note("has no address");
    return tl::unexpected(trouble);
  }

 private:
  HttpsResponse get() {
    const SourceWatch::Question waiting(context_.watch, context_.source);
    const auto left = waiting.until(context_.deadline) - std::chrono::steady_clock::now();
    request_.time = std::chrono::duration_cast<std::chrono::milliseconds>(left);
    if (request_.time <= std::chrono::milliseconds::zero()) {
      HttpsResponse none;
      none.trouble = "no answer in time";
      return none;
    }
    auto response = https_.get(request_);
    if (response.status != 0) waiting.answered();
    return response;
  }

  const QueryContext& context_;
  const Https& https_;
  HttpsRequest request_;
};

}  // namespace

tl::expected<Page, std::string> fetch(const QueryContext& context, const Https& https,
                                      const Url& url, const std::string& accept,
                                      AddressPolicy address_policy) {
  const auto fail = [&](std::string_view why) {
    return tl::unexpected(fmt::format("{}: {}", url.site(), why));
  };
  const auto literal = net::Address::parse(url.host);
  if (literal && !allows(address_policy, *literal)) {
    return fail("not asked, for its address is special-purpose");
  }
  const auto proxy = Url::parse(context.config.rdap.proxy);
  Fetch one(context, https, url, accept);
  auto response =
      proxy ? one.talk_to(*proxy, AddressPolicy::anywhere) : one.talk_to(url, address_policy);
  if (!response) return fail(response.error());

  // Behind a proxy nobody knows where the server stands.
  const auto server = net::Address::parse(response->server);
  const auto next = server && !proxy ? policy_for_named(*server) : AddressPolicy::public_only;
  return Page{response->status, std::move(response->body), std::move(response->redirect),
              response->retry_after, next};
}

}  // namespace badclients::network
