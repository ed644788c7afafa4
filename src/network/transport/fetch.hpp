#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "network/transport/address_policy.hpp"
#include "network/transport/query_context.hpp"
#include "network/transport/url.hpp"

namespace badclients::network {

/// What a web server answered.
struct Page {
  long status = 0;
  std::string body;      ///< at most 1 MiB
  std::string redirect;  ///< an absolute URL; empty where it is none
  std::optional<std::chrono::seconds> retry_after;
  AddressPolicy next = AddressPolicy::anywhere;  ///< where a server may stand that this one names
};

/// One GET, to an address that our own resolver has for the host, IPv4 first. Through
/// `rdap/proxy`, where there is one, the proxy looks the host up. Error: "rdap.arin.net: ...".
tl::expected<Page, std::string> fetch(const QueryContext& context, const Url& url,
                                      const std::string& accept, AddressPolicy policy);

}  // namespace badclients::network
