#include "admin/update/safety.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace badclients::admin::update;
using badclients::net::Address;
using badclients::net::Network;

namespace {

using Texts = std::vector<std::string>;

std::vector<Network> networks(const Texts& texts) {
  std::vector<Network> result;
  for (const auto& text : texts) result.push_back(*Network::parse(text));
  return result;
}

/// So many networks of one address each.
std::vector<Network> hosts(unsigned count) {
  std::vector<Network> result;
  for (unsigned i = 0; i < count; ++i) {
    result.push_back(
        *Network::parse("8." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".1/32"));
  }
  return result;
}

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

TEST_CASE("a list may lose a third of its networks and no more") {
  const auto change = [](unsigned before, unsigned now) { return leap(hosts(before), hosts(now)); };
  CHECK_FALSE(change(0, 1));
  CHECK_FALSE(change(90, 60));
  CHECK_FALSE(change(3, 2));
  CHECK_FALSE(change(1, 1));
  CHECK_FALSE(change(10, 1000));
  CHECK_THAT(change(90, 59).value(),
             ContainsSubstring("it has 59 networks where the present list has 90"));
  CHECK(change(3, 1));
  CHECK(change(2, 1));
}

TEST_CASE("a list may lose a third of its addresses and no more, in either family") {
  const auto change = [](const Texts& before, const Texts& now) {
    return leap(networks(before), networks(now)).value_or("may");
  };
  CHECK(change({"8.0.0.0/9", "9.9.9.9"}, {"8.8.8.8", "9.9.9.9"}) ==
        "it lost about a /9 of IPv4 where the present list holds about a /9, more than a third "
        "(--force accepts that)");
  CHECK(change({"9.9.9.9", "2600::/24"}, {"9.9.9.8", "9.9.9.9"}) ==
        "it lost about a /24 of IPv6 where the present list holds about a /24, more than a third "
        "(--force accepts that)");
  CHECK(change({"8.0.0.0/9", "9.0.0.0/9", "11.0.0.0/9"}, {"8.0.0.0/9", "9.0.0.0/9"}) == "may");
}

TEST_CASE("what a list lost and what it won do not make up for each other") {
  const auto change = [](const Texts& before, const Texts& now) {
    return leap(networks(before), networks(now)).value_or("may");
  };
  // As many addresses as before, and all of them others.
  CHECK(change({"8.0.0.0/9", "9.0.0.0/9"}, {"11.0.0.0/9", "12.0.0.0/9"}) ==
        "it lost about a /8 of IPv4 where the present list holds about a /8, more than a third "
        "(--force accepts that)");
  CHECK_THAT(change({"8.8.8.0/24", "9.9.9.0/24"}, {"8.8.9.0/24", "9.9.8.0/24"}),
             ContainsSubstring("it lost about a /23 of IPv4"));
  CHECK_THAT(change({"8.0.0.0/8", "12.0.0.0/8"}, {"8.0.0.0/8", "13.0.0.0/8"}),
             ContainsSubstring("it lost about a /8 of IPv4"));
  // A part of a network counts as that part, on either side.
  CHECK(change({"8.0.0.0/8"}, {"8.0.0.0/9", "8.128.0.0/10"}) == "may");
  CHECK_THAT(change({"8.0.0.0/8"}, {"8.0.0.0/9"}), ContainsSubstring("it lost about a /9"));
  CHECK(change({"8.0.0.0/10", "8.64.0.0/11"}, {"8.0.0.0/9", "9.9.9.9"}) == "may");
  CHECK_THAT(change({"8.0.0.0/10"}, {"8.0.0.0/9"}), ContainsSubstring("it won about a /10"));
  // Lists of hosts change most of their entries in a day.
  CHECK(change({"8.8.8.1", "8.8.8.3", "8.8.8.5"}, {"8.8.8.5", "8.8.8.7", "8.8.8.9"}) == "may");
}

TEST_CASE("a list may not win much at once") {
  const auto change = [](const Texts& before, const Texts& now) {
    return leap(networks(before), networks(now)).value_or("may");
  };
  Texts three_quarters;
  for (int first = 0; first < 192; first += 4)
    three_quarters.push_back(std::to_string(first) + ".0.0.0/6");
  CHECK(change({"8.8.8.0/24", "9.9.9.0/24"}, three_quarters) ==
        "it won about a /0 of IPv4 where the present list holds about a /23, more than half as "
        "much again (--force accepts that)");
  CHECK_THAT(change({"2600::/32"}, {"2600::/32", "2a00::/16"}),
             ContainsSubstring("it won about a /16 of IPv6"));
  CHECK_THAT(change({"8.8.8.0/24"}, {"8.8.8.0/24", "2a00::/16"}),
             ContainsSubstring("where the present list holds nothing"));
  // Half as much again, or little: a cloud that grows.
  CHECK(change({"8.0.0.0/8", "16.0.0.0/8"}, {"8.0.0.0/8", "16.0.0.0/8", "18.0.0.0/8"}) == "may");
  CHECK(change({"8.8.8.0/24"}, {"8.8.8.0/24", "9.0.0.0/12"}) == "may");
  CHECK(change({"2600::/48"}, {"2600::/48", "2a00::/28"}) == "may");
}

TEST_CASE("a new list may not hold a good part of the Internet") {
  const auto size = [](const Texts& texts) { return hugeness(networks(texts)).value_or("may"); };
  Texts much;
  for (int first = 0; first < 68; first += 4) much.push_back(std::to_string(first) + ".0.0.0/6");
  CHECK(size(much) ==
        "it holds about a /2 of IPv4, and more than a /2 is not believed (--force "
        "accepts that)");
  much.pop_back();
  CHECK(size(much) == "may");
  CHECK(size({"2600::/16", "2800::/16", "2a00::/16", "2c00::/16"}) == "may");
  CHECK_THAT(size({"2400::/16", "2600::/16", "2800::/16", "2a00::/16", "2c00::/16"}),
             ContainsSubstring("of IPv6, and more than a /14 is not believed"));
  CHECK(size({}) == "may");
}

TEST_CASE("this host has the loopback addresses, and knows") {
  const auto addresses = own_addresses();
  CHECK(std::ranges::find(addresses, *Address::parse("127.0.0.1")) != addresses.end());
}
