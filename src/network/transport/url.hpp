#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace badclients::network {

/// An absolute http or https URL (RFC 3986) without user and fragment. A regular value.
struct Url {
  bool secure = true;  ///< https
  std::string host;    ///< lower case, an address without brackets
  std::uint16_t port = 443;
  std::string rest = "/";  ///< path and query, from the slash on

  /// Nothing where it is none, or has anything but printable ASCII in it.
  static std::optional<Url> parse(std::string_view text);

  [[nodiscard]] std::string str() const;
  /// The server, for people: "rdap.arin.net", with the port where it is not the scheme's own.
  [[nodiscard]] std::string site() const;

  friend bool operator==(const Url&, const Url&) = default;
};

}  // namespace badclients::network
