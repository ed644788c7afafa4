#include "network/transport/url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/address.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t longest_url = 2048;

std::uint16_t usual_port(bool secure) {
  return secure ? 443 : 80;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_host(std::string_view text) {
  constexpr std::string_view signs = "-._";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || signs.find(c) != signs.npos;
  });
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  constexpr std::string_view https = "https://", http = "http://";
  if (text.size() > longest_url || !is_printable(text)) return std::nullopt;
  Url url;
  const auto scheme = lower(text.substr(0, https.size()));
  url.secure = scheme == https;
  if (!url.secure && !scheme.starts_with(http)) return std::nullopt;
  text.remove_prefix(url.secure ? https.size() : http.size());
  text = text.substr(0, text.find('#'));

  auto authority = text.substr(0, text.find_first_of("/?"));
  const auto rest = text.substr(authority.size());
  url.rest = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  url.port = usual_port(url.secure);

  const auto after_host = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (after_host != std::string_view::npos) {
    const auto port = base::number<std::uint16_t>(authority.substr(after_host + 1));
    if (!port || *port == 0) return std::nullopt;
    url.port = *port;
    authority = authority.substr(0, after_host);
  }
  url.host = lower(authority);
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
    if (url.host.find(':') == std::string::npos || !net::Address::parse(url.host)) return {};
  } else if (!is_host(url.host)) {
    return std::nullopt;
  }
  return url;
}

std::string Url::str() const {
  return fmt::format("{}://{}{}", secure ? "https" : "http", site(), rest);
}

std::string Url::site() const {
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == usual_port(secure) ? name : fmt::format("{}:{}", name, port);
}

}  // namespace badclients::network
