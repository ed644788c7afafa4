#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// HTTP and HTTPS by libcurl, of badclients-lookup and badclientsctl alone: a library of its own,
/// that badclients is never linked with.
namespace badclients::network {

/// One GET.
struct HttpsRequest {
  std::string url;
  std::string agent;                 ///< the program that asks, for User-Agent
  std::vector<std::string> headers;  ///< "Accept: text/plain"
  std::string contact{};             ///< URL in User-Agent by which servers find out more
  bool https_only = false;           ///< else http, too
  unsigned most_redirects = 0;       ///< that are followed
  /// `HOST:PORT:ADDRESS[,ADDRESS...]`: libcurl asks no resolver about such a host.
  std::vector<std::string> resolved{};
  /// URL; empty: none; nothing: as the environment says.
  std::optional<std::string> proxy{};
  std::chrono::milliseconds time{};  ///< for all of it
  /// For the connection alone; 0: libcurl's own.
  std::chrono::milliseconds connect_time{};
  /// After so long without a byte it is given up; 0: not before `time`.
  std::chrono::seconds stalled{};
  /// For a file that is compressed: the body comes as it is, whatever the server calls its
  /// encoding.
  bool as_it_is = false;
  std::size_t longest = 0;  ///< octets of the body, after decompression
  /// Takes the body piece by piece, whatever the status, instead of HttpsResponse::body; false ends
  /// the transfer. Must not throw.
  std::function<bool(std::string_view piece)> take{};
  /// Told how many bytes have come, and how many there will be (0: unknown). Must not throw.
  std::function<void(std::uint64_t now, std::uint64_t total)> progress{};
};

struct HttpsResponse {
  std::string trouble;       ///< why there is no answer, for people; empty: there is one
  bool unreachable = false;  ///< no connection could be made
  long status = 0;
  std::string body;
  std::string redirect;  ///< where a redirect leads that was not followed, as an absolute URL
  std::string server;    ///< the address that answered
  std::string etag, last_modified;  ///< as sent
  /// Of Last-Modified; nothing where there is none, or no date.
  std::optional<std::chrono::system_clock::time_point> modified;
  std::optional<std::chrono::seconds> retry_after;
};

/// TLS 1.2 or newer, certificates verified, HTTP/2 and compression where the server offers them.
/// Any number of threads may use one at the same time.
class Https {
 public:
  /// Starts libcurl and reads the certificates of the authorities to trust (a PEM file; empty: the
  /// system's), so that nothing has to be opened later. To be called before the first thread
  /// starts. Never throws: what goes wrong is the trouble of each get() then.
  explicit Https(const std::string& ca_file);

  [[nodiscard]] HttpsResponse get(const HttpsRequest& request) const;

 private:
  struct Trust;
  std::shared_ptr<const Trust> trust_;
  std::string trouble_;
};

}  // namespace badclients::network
