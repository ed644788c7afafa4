#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace badclients::config {

/// Where a cache is that several hosts share (`cache/shared`): a Redis or Valkey server.
struct SharedPlace {
  std::string socket;  ///< absolute path of a socket; empty: the server is at host and port
  std::string host;
  std::uint16_t port = 0;
  std::string user, password;  ///< empty: none
  std::uint16_t database = 0;

  /// As in the configuration, but without user and password.
  [[nodiscard]] std::string str() const;
};

/// `redis://[[USER]:PASSWORD@]HOST:PORT[/DB]`, `unix:PATH`. In user and password, `%` and two
/// hexadecimal digits stand for a byte (RFC 3986 section 2.1). The error never shows a password.
tl::expected<SharedPlace, std::string> read_shared_place(std::string_view text);

}  // namespace badclients::config
