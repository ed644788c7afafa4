#include "config/limit.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/values.hpp"

namespace badclients::config {

namespace {

constexpr std::size_t most_limits = 8;
constexpr std::uint64_t highest_count = 100'000;

tl::expected<Limit, std::string> read_limit(std::string_view text) {
  const auto wrong = [&] {
    return tl::unexpected(
        fmt::format("{} is no limit (COUNT/DURATION, rdap:COUNT/DURATION, "
                    "whois:COUNT/DURATION; or none alone; try 60/1m)",
                    quote(text)));
  };
  Limit limit;
  auto rest = text;
  if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    limit.service = service_named(base::lowered(rest.substr(0, colon)));
    if (!limit.service) return wrong();
    rest.remove_prefix(colon + 1);
  }
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong();
  const auto count = read_number(rest.substr(0, slash), 1, highest_count);
  if (!count) return tl::unexpected(count.error());
  const auto window =
      read_duration(rest.substr(slash + 1), std::chrono::milliseconds{1}, longest_window);
  if (!window) return tl::unexpected(window.error());
  limit.count = static_cast<std::uint32_t>(*count);
  limit.window = *window;
  return limit;
}

}  // namespace

std::string_view to_string(Service service) {
  return service == Service::rdap ? "rdap" : "whois";
}

std::optional<Service> service_named(std::string_view name) {
  for (const auto service : {Service::rdap, Service::whois}) {
    if (to_string(service) == name) return service;
  }
  return std::nullopt;
}

std::string Limit::str() const {
  const auto number = fmt::format("{}/{}", count, duration_text(window));
  return service ? fmt::format("{}:{}", to_string(*service), number) : number;
}

tl::expected<Limits, std::string> read_limits(std::string_view text) {
  const auto parts = base::words(text);
  if (parts.size() == 1 && base::lowered(parts.front()) == "none") return Limits{};
  if (parts.empty()) return tl::unexpected<std::string>("empty (none stands for no limit)");
  if (parts.size() > most_limits) {
    return tl::unexpected(fmt::format("more than {} limits", most_limits));
  }
  Limits limits;
  for (const auto part : parts) {
    const auto limit = read_limit(part);
    if (!limit) return tl::unexpected(limit.error());
    limits.push_back(*limit);
  }
  return limits;
}

}  // namespace badclients::config
