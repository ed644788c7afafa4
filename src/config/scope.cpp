#include "config/scope.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/special.hpp"

namespace badclients::config {

facts::Scope scope_of(const facts::Login& login, const Config& config) {
  const auto& disabled = config.general.disabled_services;
  const auto& networks = config.general.ignore_networks;
  facts::Scope scope;
  scope.disabled = !disabled.empty() && std::find(disabled.begin(), disabled.end(),
                                                  base::lowered(login.service)) != disabled.end();
  if (!login.address) return scope;
  const auto origin = login.address->carried();
  scope.special_purpose = net::special_purpose(origin);
  const auto found =
      std::find_if(networks.begin(), networks.end(), [&](const net::Network& network) {
        return network.contains(origin) || network.contains(*login.address);
      });
  if (found != networks.end()) scope.ignored = *found;
  return scope;
}

}  // namespace badclients::config
