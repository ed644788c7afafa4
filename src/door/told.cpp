#include "door/told.hpp"

#include <utility>

#include "config/scope.hpp"

namespace badclients::door {

tl::expected<facts::Login, std::string> make_login(Told told, const config::Config& config) {
  facts::Login login{std::move(told.user),      std::move(told.service), std::nullopt,
                     std::move(told.client_id), std::move(told.session), std::move(told.master)};
  if (!told.address.empty()) {
    const auto address = net::Address::parse(told.address);
    if (!address) return tl::unexpected(address.error());
    login.address = *address;
  }
  login.scope = config::scope_of(login, config);
  return login;
}

facts::Login login_for_log(Told told) {
  if (!net::Address::parse(told.address)) told.address.clear();
  static const config::Config unknown;
  return make_login(std::move(told), unknown).value();
}

}  // namespace badclients::door
