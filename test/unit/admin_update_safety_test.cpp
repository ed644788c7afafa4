#include "admin/update/safety.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace badclients::admin::update;
using badclients::net::Address;
using badclients::net::Network;

namespace {

std::string found(std::initializer_list<const char*> texts) {
  std::vector<Network> networks;
  for (const auto* text : texts) networks.push_back(*Network::parse(text));
  const std::vector<Address> own{*Address::parse("127.0.0.1"), *Address::parse("52.97.246.245"),
                                 *Address::parse("2a02:8109::17")};
  return danger(networks, own).value_or("none");
}

}  // namespace

TEST_CASE("ordinary networks are no danger") {
  CHECK(found({"3.0.0.0/8", "13.107.6.152/31", "2600:1f00::/24"}) == "none");
  CHECK(found({"4.0.0.0/6", "2400::/16"}) == "none");
  CHECK(found({}) == "none");
}

TEST_CASE("half the Internet is not believed") {
  CHECK(found({"13.107.6.152/31", "0.0.0.0/0"}) ==
        "it holds 0.0.0.0/0, and nothing wider than /6 is believed");
  CHECK_THAT(found({"::/0"}), ContainsSubstring("it holds ::/0, and nothing wider than /16"));
  CHECK_THAT(found({"40.0.0.0/5"}), ContainsSubstring("wider than /6"));
  CHECK_THAT(found({"2600::/15"}), ContainsSubstring("wider than /16"));
}

TEST_CASE("whatever touches a special-purpose block is a danger") {
  CHECK(found({"8.8.8.0/24", "10.0.0.0/24"}) ==
        "it holds 10.0.0.0/24, which overlaps a special-purpose block (Private-Use Networks)");
  CHECK_THAT(found({"172.0.0.0/8"}), ContainsSubstring("Private-Use Networks"));
  CHECK_THAT(found({"127.0.0.1"}), ContainsSubstring("Loopback"));
  CHECK_THAT(found({"2001:d00::/24"}), ContainsSubstring("Documentation"));
}

TEST_CASE("the host's own addresses are not locked out") {
  CHECK(found({"52.96.0.0/14"}) ==
        "it holds 52.96.0.0/14, and so this host's own address 52.97.246.245");
  CHECK_THAT(found({"2a02:8109::/32"}), ContainsSubstring("own address 2a02:8109::17"));
}

TEST_CASE("a list may lose a third and no more") {
  CHECK_FALSE(shrinkage(0, 1));
  CHECK_FALSE(shrinkage(90, 60));
  CHECK_FALSE(shrinkage(3, 2));
  CHECK_FALSE(shrinkage(1, 1));
  CHECK_FALSE(shrinkage(10, 1000));
  CHECK_THAT(shrinkage(90, 59).value(),
             ContainsSubstring("it has 59 networks where the present list has 90"));
  CHECK(shrinkage(3, 1));
  CHECK(shrinkage(2, 1));
}

TEST_CASE("this host has the loopback addresses, and knows") {
  const auto addresses = own_addresses();
  CHECK(std::ranges::find(addresses, *Address::parse("127.0.0.1")) != addresses.end());
}
