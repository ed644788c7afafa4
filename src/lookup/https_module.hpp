#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// libcurl, in a module of its own (badclients-https.so), which is loaded only where a request
/// needs RDAP: with its 30 libraries it costs more than all the rest of badclients-lookup. What
/// stands here is what both sides of dlopen(3) agree on; https.hpp has the loading.
namespace badclients::lookup {

/// One GET. Nothing is followed, nothing is taken from the environment.
struct HttpsRequest {
  std::string url;
  std::string accept;  ///< media type
  /// `HOST:PORT:ADDRESS[,ADDRESS...]` of every host name: libcurl asks no resolver of its own.
  std::vector<std::string> resolved;
  std::string proxy;              ///< URL; empty: none
  std::string_view certificates;  ///< PEM, of the authorities to trust
  std::chrono::milliseconds time{};
  std::size_t longest = 0;  ///< octets of the answer's body, after decompression
};

struct HttpsResponse {
  std::string trouble;       ///< why there is no answer, in libcurl's words; empty: there is one
  bool unreachable = false;  ///< the trouble is that no connection could be made
  long status = 0;
  std::string body;
  std::string redirect;  ///< where a redirect leads, as an absolute URL; empty where it is none
  std::string server;    ///< the address that answered
  std::optional<std::chrono::seconds> retry_after;
};

/// The names under which the module has its functions.
inline constexpr auto https_start_name = "badclients_https_start";
inline constexpr auto https_get_name = "badclients_https_get";

/// Once, before the first get and before the first thread. Returns the file with the certificates
/// of the system's authorities, null where libcurl knows none.
using HttpsStart = const char*();
/// From any thread.
using HttpsGet = void(const HttpsRequest&, HttpsResponse&);

}  // namespace badclients::lookup
