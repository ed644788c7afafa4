#pragma once

#include <chrono>
#include <cstddef>
#include <string>

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
  std::string body;
  Validators validators;
};

/// How a file is fetched.
struct Transport {
  const network::Https& https;
  std::string proxy;  ///< URL of an HTTP proxy; empty: as libcurl's environment variables say
  std::size_t most_bytes = std::size_t{64} * 1024 * 1024;  ///< after decompression
  std::chrono::milliseconds connect_time{std::chrono::seconds{20}};
  std::chrono::milliseconds whole_time{std::chrono::minutes{5}};
};

/// Gets a file over HTTPS (network/https/https.hpp), following at most five redirects, none of them
/// away from https. Error: a sentence without the URL; anything but a whole file with status 200,
/// or 304 where there were validators, is one.
tl::expected<Response, std::string> fetch(const Request& request, const Transport& transport);

}  // namespace badclients::admin::update
