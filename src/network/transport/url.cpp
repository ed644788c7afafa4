#include "network/transport/url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/values.hpp"
#include "net/socket.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t longest_url = 2048;

std::uint16_t usual_port(bool secure) {
  return secure ? 443 : 80;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, base::is_visible);
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  constexpr std::string_view https = "https://", http = "http://";
  if (text.size() > longest_url || !is_printable(text)) return std::nullopt;
  Url url;
  const auto scheme = base::lowered(text.substr(0, https.size()));
  url.secure = scheme == https;
  if (!url.secure && !scheme.starts_with(http)) return std::nullopt;
  text.remove_prefix(url.secure ? https.size() : http.size());
  text = text.substr(0, text.find('#'));

  const auto authority = text.substr(0, text.find_first_of("/?"));
  const auto rest = text.substr(authority.size());
  url.rest = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  auto server = config::read_endpoint(base::lowered(authority), usual_port(url.secure));
  if (!server) return std::nullopt;
  url.host = std::move(server->host);
  url.port = server->port;
  return url;
}

std::string Url::str() const {
  return fmt::format("{}://{}{}", secure ? "https" : "http", site(), rest);
}

std::string Url::site() const {
  const auto text = net::host_port(host, port);
  return port == usual_port(secure) ? text.substr(0, text.rfind(':')) : text;
}

}  // namespace badclients::network
