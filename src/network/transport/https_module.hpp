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
namespace badclients::network {

/// One GET. Nothing is followed, nothing is taken from the environment.
struct HttpsRequest {
  std::string url;
  std::string accept;  ///< media type
  /// `HOST:PORT:ADDRESS[,ADDRESS...]` of every host name: libcurl asks no resolver of its own.
  std::vector<std::string> resolved;
  std::string proxy;  ///< URL; empty: none
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

class HttpsClient {
 public:
  HttpsClient() = default;
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;
  virtual ~HttpsClient() = default;

  /// The file with the certificates of the system's authorities; empty where libcurl knows none.
  [[nodiscard]] virtual std::string system_store() const = 0;
  /// The authorities to trust (PEM) from here on. Without it, libcurl opens its own store each
  /// time.
  virtual void trust(std::string certificates) = 0;
  /// From any thread.
  [[nodiscard]] virtual HttpsResponse get(const HttpsRequest& request) const = 0;
};

/// What the module makes: a client on the heap, or null for want of memory. To be called before the
/// first thread starts.
using MakeHttpsClient = HttpsClient*();
inline constexpr auto make_https_client_name = "badclients_make_https_client";

}  // namespace badclients::network
