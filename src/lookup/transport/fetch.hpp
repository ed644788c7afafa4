#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "lookup/transport/asking.hpp"
#include "lookup/transport/https.hpp"
#include "lookup/transport/reach.hpp"
#include "lookup/transport/url.hpp"

namespace badclients::lookup {

/// What a web server answered.
struct Page {
  long status = 0;
  std::string body;      ///< at most 1 MiB
  std::string redirect;  ///< an absolute URL; empty where it is none
  std::optional<std::chrono::seconds> retry_after;
  Reach next = Reach::anywhere;  ///< where a server may stand that this one names
};

/// One GET, to an address that our own resolver has for the host, IPv4 first. Through
/// `rdap/proxy`, where there is one, the proxy looks the host up. Error: "rdap.arin.net: ...".
tl::expected<Page, std::string> fetch(const Asking& asking, const Https& https, const Url& url,
                                      const std::string& accept, Reach reach);

}  // namespace badclients::lookup
