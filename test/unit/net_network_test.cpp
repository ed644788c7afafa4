#include "net/network.hpp"

#include "catch.hpp"

using badclients::net::Address;
using badclients::net::Network;

namespace {

std::string canonical(std::string_view text) {
  const auto network = Network::parse(text);
  return network ? network->str() : "error: " + network.error();
}

}  // namespace

TEST_CASE("a network is read with host bits masked off") {
  CHECK(canonical("176.112.170.0/21") == "176.112.168.0/21");
  CHECK(canonical("13.107.6.152/31") == "13.107.6.152/31");
  CHECK(canonical("192.0.2.1") == "192.0.2.1/32");
  CHECK(canonical("0.0.0.0/0") == "0.0.0.0/0");
  CHECK(canonical("2001:db8::1/32") == "2001:db8::/32");
  CHECK(canonical("::1") == "::1/128");
  CHECK(canonical("::ffff:192.0.2.1/120") == "192.0.2.0/24");
}

TEST_CASE("what is no network is refused with a reason") {
  CHECK(canonical("10.0.0.0/33") ==
        "error: '10.0.0.0/33' is not a network: the prefix must be 0 to 32");
  CHECK(canonical("::/129") == "error: '::/129' is not a network: the prefix must be 0 to 128");
  CHECK_THAT(canonical("::ffff:1.2.3.4/95"), ContainsSubstring("must be 96 to 128"));
  for (const auto* text : {"", "/", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/08",
                           "10.0.0.0/8 ", "10.0.0/8", "fe80::1%eth0/64", "10.0.0.0/255.0.0.0"}) {
    CHECK_THAT(canonical(text), ContainsSubstring("is not a network"));
  }
}

TEST_CASE("a network contains its addresses and its parts, of its own family only") {
  const auto network = *Network::parse("52.96.0.0/14");
  CHECK(network.contains(*Address::parse("52.97.246.245")));
  CHECK(network.contains(*Address::parse("52.99.255.255")));
  CHECK_FALSE(network.contains(*Address::parse("52.100.0.0")));
  CHECK(network.contains(*Network::parse("52.96.0.0/16")));
  CHECK_FALSE(network.contains(*Network::parse("52.96.0.0/13")));
  CHECK_FALSE(Network::parse("::/0")->contains(*Address::parse("10.0.0.1")));
  CHECK(network.last().str() == "52.99.255.255");
}

TEST_CASE("the largest network within a range") {
  const auto within = [](const char* first, const char* last, const char* address) {
    return Network::within(*Address::parse(first), *Address::parse(last), *Address::parse(address))
        .str();
  };
  CHECK(within("196.11.239.0", "196.11.246.255", "196.11.240.215") == "196.11.240.0/22");
  CHECK(within("139.162.0.0", "139.162.255.255", "139.162.133.252") == "139.162.0.0/16");
  CHECK(within("10.0.0.1", "10.0.0.9", "10.0.0.1") == "10.0.0.1/32");
  CHECK(within("0.0.0.0", "255.255.255.255", "10.0.0.1") == "0.0.0.0/0");
  CHECK(within("2001:db8::", "2001:db8::ffff", "2001:db8::1") == "2001:db8::/112");
  CHECK(within("10.0.0.0", "10.0.0.9", "10.9.0.1") == "10.9.0.1/32");
}
