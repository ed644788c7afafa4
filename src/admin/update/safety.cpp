#include "admin/update/safety.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/special.hpp"

namespace badclients::admin::update {

namespace {

constexpr unsigned widest_v4 = 6;
constexpr unsigned widest_v6 = 16;

std::optional<std::string> danger(const net::Network& network,
                                  const std::vector<net::Address>& own) {
  const bool v4 = network.base().is_v4();
  if (const auto widest = v4 ? widest_v4 : widest_v6; network.prefix() < widest) {
    return fmt::format("it holds {}, and nothing wider than /{} is believed", network.str(),
                       widest);
  }
  if (const auto block = net::special_purpose(network)) {
    return fmt::format("it holds {}, which overlaps a special-purpose block ({})", network.str(),
                       *block);
  }
  const auto mine = std::ranges::find_if(
      own, [&](const net::Address& address) { return network.contains(address); });
  if (mine != own.end()) {
    return fmt::format("it holds {}, and so this host's own address {}", network.str(),
                       mine->str());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> danger(const std::vector<net::Network>& networks,
                                  const std::vector<net::Address>& own) {
  for (const auto& network : networks) {
    if (auto reason = danger(network, own)) return reason;
  }
  return std::nullopt;
}

std::optional<std::string> shrinkage(std::size_t before, std::size_t now) {
  if (3 * now >= 2 * before) return std::nullopt;
  return fmt::format(
      "it has {} networks where the present list has {}, fewer than two thirds (--force accepts "
      "that)",
      now, before);
}

}  // namespace badclients::admin::update
