#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "network/https/https.hpp"

namespace badclients::admin::update {

/// By what a server recognises the version of a file that one has (RFC 9110 section 8.8). Empty:
/// none.
struct Validators {
  std::string etag, last_modified;
  [[nodiscard]] bool empty() const { return etag.empty() && last_modified.empty(); }
  friend bool operator==(const Validators&, const Validators&) = default;
};

struct Request {
  std::string url;        ///< https
  Validators validators;  ///< of the version that is here already
};

struct Response {
  bool not_modified = false;  ///< the version that is here is the newest; no body
  std::string body;           ///< empty where Transport::take took it
  Validators validators;
  std::optional<std::chrono::system_clock::time_point> modified{};  ///< Last-Modified
};

/// How a file is fetched.
struct Transport {
  const network::Https& https;
  std::string proxy;  ///< URL of an HTTP proxy; empty: as libcurl's environment variables say
  std::size_t most_bytes = std::size_t{64} * 1024 * 1024;  ///< after decompression
  std::chrono::milliseconds connect_time{std::chrono::seconds{20}};
  std::chrono::milliseconds whole_time{std::chrono::minutes{5}};
  /// As those of network::HttpsRequest; may be empty.
  bool as_it_is = false;
  std::function<bool(std::string_view piece)> take{};
  std::function<void(std::uint64_t now, std::uint64_t total)> progress{};
};

/// Gets a file over HTTPS (network/https/https.hpp), following at most five redirects, none of them
/// away from https; given up where for a minute nothing comes. Error: a sentence without the URL;
/// anything but a whole file with status 200, or 304 where there were validators, is one.
tl::expected<Response, std::string> fetch(const Request& request, const Transport& transport);

}  // namespace badclients::admin::update
