#include "config/shared_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/number.hpp"
#include "config/values.hpp"

namespace badclients::config {

namespace {

constexpr std::string_view redis = "redis://";
constexpr std::string_view socket_file = "unix:";
constexpr std::size_t longest_socket_path = 107;  // sun_path, unix(7)

tl::unexpected<std::string> wrong(std::string_view text) {
  const auto at = text.rfind('@');
  const auto what = at == std::string_view::npos ? quote(text) : "the value";
  return tl::unexpected(
      fmt::format("{} is no shared cache (redis://HOST:PORT/DB or unix:/PATH)", what));
}

std::optional<std::string> without_percents(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.front() != '%') {
      plain += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto byte = base::number<std::uint8_t>(text.substr(1, 2), 16);
    if (!byte || text.size() < 3) return std::nullopt;
    plain += static_cast<char>(*byte);
    text.remove_prefix(3);
  }
  return plain;
}

/// `USER:PASSWORD` or `:PASSWORD`.
bool read_account(std::string_view text, SharedPlace& place) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto user = without_percents(text.substr(0, colon));
  const auto password = without_percents(text.substr(colon + 1));
  if (!user || !password || password->empty()) return false;
  place.user = *user;
  place.password = *password;
  return true;
}

}  // namespace

std::string SharedPlace::str() const {
  if (!socket.empty()) return fmt::format("{}{}", socket_file, socket);
  const bool brackets = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}{}:{}{}", redis, brackets ? "[" : "", host, brackets ? "]" : "", port,
                     database == 0 ? "" : fmt::format("/{}", database));
}

tl::expected<SharedPlace, std::string> read_shared_place(std::string_view text) {
  SharedPlace place;
  if (text.starts_with(socket_file)) {
    place.socket = text.substr(socket_file.size());
    const bool fits = place.socket.starts_with('/') && place.socket.size() <= longest_socket_path;
    return fits ? tl::expected<SharedPlace, std::string>(std::move(place)) : wrong(text);
  }
  if (!text.starts_with(redis)) return wrong(text);
  auto rest = text.substr(redis.size());
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (!read_account(rest.substr(0, at), place)) return wrong(text);
    rest.remove_prefix(at + 1);
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto server = read_endpoint(rest.substr(0, slash), 0);
  if (!server || server->port == 0) return wrong(text);
  place.host = server->host;
  place.port = server->port;
  if (rest.size() - slash < 2) return place;
  const auto database = base::number<std::uint16_t>(rest.substr(slash + 1));
  if (!database) return wrong(text);
  place.database = *database;
  return place;
}

}  // namespace badclients::config
