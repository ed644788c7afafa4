#include "admin/update/safety.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <system_error>

#include "net/special.hpp"

namespace badclients::admin::update {

namespace {

constexpr unsigned widest_v4 = 6;
constexpr unsigned widest_v6 = 16;

constexpr auto unless_forced = " (--force accepts that)";

struct Family {
  const char* name;
  net::Family family;
  int bits;
  int small, huge;  ///< prefix lengths: less than the one may come at once, more than the other not
};
constexpr std::array<Family, 2> families{
    {{"IPv4", net::Family::v4, 32, 12, 2}, {"IPv6", net::Family::v6, 128, 28, 14}}};

/// A double is exact enough for ratios, and large enough for IPv6.
double addresses_in(const std::vector<net::Network>& networks, const Family& family) {
  double sum = 0;
  for (const auto& network : networks) {
    if (network.base().family() != family.family) continue;
    sum += std::exp2(family.bits - static_cast<int>(network.prefix()));
  }
  return sum;
}

/// How many of them are in both; of two aggregated lists no two networks overlap in part.
double addresses_in_both(const std::vector<net::Network>& one,
                         const std::vector<net::Network>& other, const Family& family) {
  std::vector<net::Network> common;
  for (auto a = one.begin(), b = other.begin(); a != one.end() && b != other.end();) {
    if (a->contains(*b)) {
      common.push_back(*b++);
    } else if (b->contains(*a)) {
      common.push_back(*a++);
    } else {
      *a < *b ? ++a : ++b;
    }
  }
  return addresses_in(common, family);
}

/// "nothing", "about a /13": what a network of that length has, to the nearest.
std::string in_words(double addresses, const Family& family) {
  if (addresses == 0) return "nothing";
  return fmt::format("about a /{}", std::lround(family.bits - std::log2(addresses)));
}

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

net::Address read(const sockaddr_in& socket_address) {
  return net::Address::v4(ntohl(socket_address.sin_addr.s_addr));
}

net::Address read(const sockaddr_in6& socket_address) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &socket_address.sin6_addr, bytes.size());
  return net::Address::v6(bytes);
}

}  // namespace

std::optional<std::string> danger(const std::vector<net::Network>& networks,
                                  const std::vector<net::Address>& own) {
  for (const auto& network : networks) {
    if (auto reason = danger(network, own)) return reason;
  }
  return std::nullopt;
}

std::optional<std::string> leap(const std::vector<net::Network>& before,
                                const std::vector<net::Network>& now) {
  if (3 * now.size() < 2 * before.size()) {
    return fmt::format("it has {} networks where the present list has {}, fewer than two thirds{}",
                       now.size(), before.size(), unless_forced);
  }
  for (const auto& family : families) {
    const auto had = addresses_in(before, family), has = addresses_in(now, family);
    const auto kept = addresses_in_both(before, now, family);
    const auto lost = had - kept, won = has - kept;
    const auto little = std::exp2(family.bits - family.small);
    // Lists of single addresses may change most of them in a day, but not all, nor become short.
    const bool lost_much = 3 * lost > had && (kept == 0 || 3 * has < 2 * had || lost > little);
    const bool won_much = 2 * won > had && won > little;
    if (!lost_much && !won_much) continue;
    return fmt::format(
        "it {} {} of {} where the present list holds {}, {}{}", lost_much ? "lost" : "won",
        in_words(lost_much ? lost : won, family), family.name, in_words(had, family),
        lost_much ? "more than a third" : "more than half as much again", unless_forced);
  }
  return std::nullopt;
}

std::optional<std::string> hugeness(const std::vector<net::Network>& networks) {
  for (const auto& family : families) {
    const auto has = addresses_in(networks, family);
    if (has <= std::exp2(family.bits - family.huge)) continue;
    return fmt::format("it holds {} of {}, and more than a /{} is not believed{}",
                       in_words(has, family), family.name, family.huge, unless_forced);
  }
  return std::nullopt;
}

std::vector<net::Address> own_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot list this host's addresses");
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{first, freeifaddrs};
  std::vector<net::Address> addresses;
  for (const auto* interface = first; interface != nullptr; interface = interface->ifa_next) {
    if (interface->ifa_addr == nullptr) continue;
    if (interface->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, interface->ifa_addr, sizeof v4);
      addresses.push_back(read(v4));
    } else if (interface->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, interface->ifa_addr, sizeof v6);
      addresses.push_back(read(v6));
    }
  }
  return addresses;
}

}  // namespace badclients::admin::update
