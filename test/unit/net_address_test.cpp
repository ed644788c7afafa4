#include "net/address.hpp"

#include "catch.hpp"

using badclients::net::Address;

TEST_CASE("an address is read in every text form and written in the canonical one") {
  CHECK(Address::parse("192.0.2.1")->str() == "192.0.2.1");
  CHECK(Address::parse("2001:DB8:0:0:0:0:0:1")->str() == "2001:db8::1");
  CHECK(Address::parse("::")->str() == "::");
  CHECK(Address::parse("fe80::1%eth0")->str() == "fe80::1");
  CHECK(Address::parse("::ffff:192.0.2.1")->is_v4());
  CHECK(Address::parse("::ffff:c000:201")->str() == "192.0.2.1");
}

TEST_CASE("what is not an address is refused and quoted") {
  for (const auto* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.4%eth0", "::g",
        "1:2:3:4:5:6:7:8:9", "[::1]", "localhost", "%eth0", "1.2.3.4/8"}) {
    const auto address = Address::parse(text);
    REQUIRE_FALSE(address);
    CHECK(address.error() == "'" + std::string(text) + "' is not an IP address");
  }
  CHECK_FALSE(Address::parse(std::string("1.2.3.4\0", 8)));
}

TEST_CASE("an embedded IPv4 address is the one that counts") {
  CHECK(Address::parse("64:ff9b::52.97.246.245")->carried().str() == "52.97.246.245");
  CHECK(Address::parse("2002:3461:f6f5::1")->carried().str() == "52.97.246.245");
  CHECK(Address::parse("64:ff9b:1::52.97.246.245")->carried().str() == "64:ff9b:1::3461:f6f5");
  CHECK(Address::parse("2003::1")->carried().str() == "2003::1");
  CHECK(Address::parse("10.0.0.1")->carried().str() == "10.0.0.1");
}

TEST_CASE("masking keeps the first bits") {
  const auto four = *Address::parse("192.0.2.255");
  CHECK(four.masked(0).str() == "0.0.0.0");
  CHECK(four.masked(25).str() == "192.0.2.128");
  CHECK(four.masked(32) == four);
  CHECK(four.last(20).str() == "192.0.15.255");
  const auto six = *Address::parse("2001:db8:ffff:ffff::1");
  CHECK(six.masked(33).str() == "2001:db8:8000::");
  CHECK(six.masked(128) == six);
  CHECK(six.last(120).str() == "2001:db8:ffff:ffff::ff");
}

TEST_CASE("addresses are ordered by family, then number") {
  CHECK(*Address::parse("255.255.255.255") < *Address::parse("::"));
  CHECK(*Address::parse("9.0.0.0") < *Address::parse("10.0.0.0"));
  CHECK(Address::v4(0x7f000001) == *Address::parse("127.0.0.1"));
}
