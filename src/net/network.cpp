#include "net/network.hpp"

#include <fmt/format.h>

#include "base/number.hpp"

namespace badclients::net {

tl::expected<Network, std::string> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = Address::parse(address_text);
  if (!address || address_text.find('%') != std::string_view::npos) {
    return tl::unexpected(fmt::format("'{}' is not a network (try 192.0.2.0/24 or 2001:db8::/32)",
                                      text.substr(0, 80)));
  }
  if (slash == std::string_view::npos) return Network{*address, address->bits()};

  const bool mapped = address->is_v4() && address_text.find(':') != std::string_view::npos;
  const unsigned spare = mapped ? 96 : 0;
  const unsigned widest = address->bits() + spare;
  const auto prefix_text = text.substr(slash + 1);
  const auto number = base::number<unsigned>(prefix_text);
  const auto prefix = number.value_or(0);
  const bool padded = prefix_text.starts_with('0') && prefix_text.size() != 1;
  if (!number || padded || prefix > widest || prefix < spare) {
    return tl::unexpected(fmt::format("'{}' is not a network: the prefix must be {} to {}",
                                      text.substr(0, 80), spare, widest));
  }
  return Network{*address, prefix - spare};
}

Network Network::within(const Address& first, const Address& last, const Address& address) {
  Network network{address, address.bits()};
  if (first.family() != address.family() || last.family() != address.family()) return network;
  if (address < first || last < address) return network;
  for (unsigned prefix = address.bits(); prefix-- > 0;) {
    const Network wider{address, prefix};
    if (wider.base() < first || last < wider.last()) break;
    network = wider;
  }
  return network;
}

std::string Network::str() const {
  return base_.str() + '/' + std::to_string(prefix_);
}

}  // namespace badclients::net
