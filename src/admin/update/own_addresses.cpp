#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "admin/update/safety.hpp"

namespace badclients::admin::update {

namespace {

net::Address read(const sockaddr_in& socket_address) {
  return net::Address::v4(ntohl(socket_address.sin_addr.s_addr));
}

net::Address read(const sockaddr_in6& socket_address) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &socket_address.sin6_addr, bytes.size());
  return net::Address::v6(bytes);
}

}  // namespace

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
