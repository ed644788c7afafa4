#include "network/transport/address_policy.hpp"

#include "net/special.hpp"

namespace badclients::network {

namespace {

bool is_special(const net::Address& address) {
  return net::special_purpose(address.carried()).has_value();
}

}  // namespace

bool allows(AddressPolicy address_policy, const net::Address& address) {
  return address_policy == AddressPolicy::anywhere || !is_special(address);
}

AddressPolicy policy_for_named(const net::Address& by) {
  return is_special(by) ? AddressPolicy::anywhere : AddressPolicy::public_only;
}

}  // namespace badclients::network
