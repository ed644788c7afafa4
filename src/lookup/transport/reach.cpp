#include "lookup/transport/reach.hpp"

#include "net/special.hpp"

namespace badclients::lookup {

namespace {

bool is_special(const net::Address& address) {
  return net::special_purpose(address.carried()).has_value();
}

}  // namespace

bool reaches(Reach reach, const net::Address& address) {
  return reach == Reach::anywhere || !is_special(address);
}

Reach reach_of_named(const net::Address& by) {
  return is_special(by) ? Reach::anywhere : Reach::public_only;
}

}  // namespace badclients::lookup
