#include "net/special.hpp"

#include "catch.hpp"

using badclients::net::Address;
using badclients::net::Network;

namespace {

std::string block(const char* text) {
  return std::string(
      badclients::net::special_purpose(Address::parse(text)->carried()).value_or("ordinary"));
}

}  // namespace

TEST_CASE("every special-purpose IPv4 block is known, to its edges") {
  CHECK(block("0.0.0.0") == "This Network");
  CHECK(block("1.0.0.0") == "ordinary");
  CHECK(block("10.0.0.0") == "Private-Use Networks");
  CHECK(block("10.255.255.255") == "Private-Use Networks");
  CHECK(block("11.0.0.0") == "ordinary");
  CHECK(block("100.63.255.255") == "ordinary");
  CHECK(block("100.64.0.0") == "Shared Address Space");
  CHECK(block("100.128.0.0") == "ordinary");
  CHECK(block("127.0.0.1") == "Loopback");
  CHECK(block("169.254.1.1") == "Link Local");
  CHECK(block("172.15.255.255") == "ordinary");
  CHECK(block("172.17.1.204") == "Private-Use Networks");
  CHECK(block("172.32.0.0") == "ordinary");
  CHECK(block("192.0.0.255") == "IETF Protocol Assignments");
  CHECK(block("192.0.1.0") == "ordinary");
  CHECK(block("192.0.2.1") == "TEST-NET-1");
  CHECK(block("192.88.99.1") == "6to4 Relay Anycast");
  CHECK(block("192.168.255.255") == "Private-Use Networks");
  CHECK(block("198.17.255.255") == "ordinary");
  CHECK(block("198.19.255.255") == "Network Interconnect Device Benchmark Testing");
  CHECK(block("198.51.100.1") == "TEST-NET-2");
  CHECK(block("198.97.38.1") == "IANA Reserved");
  CHECK(block("203.0.113.1") == "TEST-NET-3");
  CHECK(block("224.0.0.1") == "Multicast");
  CHECK(block("239.255.255.255") == "Multicast");
  CHECK(block("240.0.0.1") == "Reserved");
  CHECK(block("255.255.255.254") == "Reserved");
  CHECK(block("255.255.255.255") == "Limited Broadcast");
}

TEST_CASE("every special-purpose IPv6 block is known, to its edges") {
  CHECK(block("::") == "Unspecified");
  CHECK(block("::1") == "Loopback");
  CHECK(block("::2") == "ordinary");
  CHECK(block("64:ff9b:1:ffff::") == "Local-Use IPv4/IPv6 Translation");
  CHECK(block("64:ff9b:2::") == "ordinary");
  CHECK(block("100::ffff:ffff:ffff:ffff") == "Discard-Only");
  CHECK(block("100:0:0:1::") == "ordinary");
  CHECK(block("2001:2::1") == "Benchmarking");
  CHECK(block("2001:2:1::") == "ordinary");
  CHECK(block("2001:db8:ffff::") == "Documentation");
  CHECK(block("2001:db9::") == "ordinary");
  CHECK(block("3fff:fff::") == "Documentation");
  CHECK(block("3fff:1000::") == "ordinary");
  CHECK(block("5f00::1") == "Segment Routing SIDs");
  CHECK(block("5f01::1") == "ordinary");
  CHECK(block("fc00::") == "Unique Local Unicast");
  CHECK(block("fdff::") == "Unique Local Unicast");
  CHECK(block("fbff::") == "ordinary");
  CHECK(block("fe80::1%eth0") == "Link-Local");
  CHECK(block("febf::") == "Link-Local");
  CHECK(block("fec0::") == "ordinary");
  CHECK(block("ff02::1") == "Multicast");
  CHECK(block("2a01:111:f400::1") == "ordinary");
}

TEST_CASE("an embedded private address is special, an embedded public one is not") {
  CHECK(block("64:ff9b::10.0.0.1") == "Private-Use Networks");
  CHECK(block("2002:0a00:0001::1") == "Private-Use Networks");
  CHECK(block("::ffff:127.0.0.1") == "Loopback");
  CHECK(block("64:ff9b::52.97.246.245") == "ordinary");
  CHECK(block("2002:3461:f6f5::1") == "ordinary");
}

TEST_CASE("a network that shares an address with a special-purpose block is recognised") {
  const auto overlaps = [](const char* text) {
    return std::string(
        badclients::net::special_purpose(*Network::parse(text)).value_or("ordinary"));
  };
  CHECK(overlaps("10.1.0.0/16") == "Private-Use Networks");
  CHECK(overlaps("10.0.0.0/7") == "Private-Use Networks");
  CHECK(overlaps("172.0.0.0/8") == "Private-Use Networks");
  CHECK(overlaps("198.0.0.0/8") == "Network Interconnect Device Benchmark Testing");
  CHECK(overlaps("192.0.1.0/24") == "ordinary");
  CHECK(overlaps("52.96.0.0/14") == "ordinary");
  CHECK(overlaps("0.0.0.0/0") == "This Network");
  CHECK(overlaps("::/0") == "Unspecified");
  CHECK(overlaps("::1/128") == "Loopback");
  CHECK(overlaps("2001:d00::/24") == "Documentation");
  CHECK(overlaps("2001:db8:1::/48") == "Documentation");
  CHECK(overlaps("2001:db9::/32") == "ordinary");
  CHECK(overlaps("fe00::/8") == "Link-Local");
  CHECK(overlaps("2600:3c00::/32") == "ordinary");
}

TEST_CASE("a network lies in a special-purpose block when that holds all of it") {
  const auto around = [](const char* text) {
    return std::string(
        badclients::net::special_purpose_around(Network::parse(text).value()).value_or("ordinary"));
  };
  CHECK(around("10.0.0.0/8") == "Private-Use Networks");
  CHECK(around("10.20.0.0/16") == "Private-Use Networks");
  CHECK(around("10.0.0.0/7") == "ordinary");
  CHECK(around("192.0.2.7/32") == "TEST-NET-1");
  CHECK(around("0.0.0.0/0") == "ordinary");
  CHECK(around("0.0.0.0/1") == "ordinary");
  CHECK(around("2001:db8:1::/48") == "Documentation");
  CHECK(around("2001:d00::/24") == "ordinary");
  CHECK(around("::1/128") == "Loopback");
  CHECK(around("::/127") == "ordinary");
  CHECK(around("::/0") == "ordinary");
  CHECK(around("52.96.0.0/14") == "ordinary");
}
