#include "network/transport/dns_name.hpp"

#include "catch.hpp"

using badclients::net::Address;
using badclients::network::Name;

namespace {

std::string canonical(std::string_view text) {
  const auto name = Name::parse(text);
  return name ? name->str() : "error: " + name.error();
}

std::optional<Name> from_wire(const std::string& wire) {
  return Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

}  // namespace

TEST_CASE("a domain name is read with or without its last dot") {
  CHECK(canonical("mail.example.org") == "mail.example.org");
  CHECK(canonical("mail.example.org.") == "mail.example.org");
  CHECK(canonical("localhost") == "localhost");
  CHECK(canonical(".").empty());
  CHECK(canonical("0/25.2.0.192.in-addr.arpa") == "0/25.2.0.192.in-addr.arpa");
  CHECK(Name::parse("a.b")->wire() == std::string("\1a\1b\0", 5));
}

TEST_CASE("what is no domain name is refused") {
  const std::string label(64, 'a');
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "a.";
  CHECK(Name::parse(longest));
  for (const auto& text :
       {std::string(), std::string(".."), std::string("a..b"), std::string(".a"),
        std::string("a\\"), std::string("a\\1"), std::string("a\\256"), label, longest + "a"}) {
    CHECK_THAT(canonical(text), ContainsSubstring("is not a domain name"));
  }
}

TEST_CASE("names are the same in upper and lower case, and only then") {
  CHECK(*Name::parse("MAIL.Example.org") == *Name::parse("mail.eXAMPLE.ORG"));
  CHECK_FALSE(*Name::parse("mail.example.org") == *Name::parse("example.org"));
  CHECK_FALSE(*Name::parse("a.b") == *Name::parse("a\\.b"));
}

TEST_CASE(
    "foreign bytes in a name are kept, and a dot inside a label cannot pass for another name") {
  const auto name = from_wire(std::string("\7a\xff\n\0.\\>\3org\0", 13));
  REQUIRE(name);
  CHECK(name->str() == std::string("a\xff\n\0\\.\\\\>.org", 13));
  CHECK(*Name::parse(name->str()) == *name);
}

TEST_CASE("a name in wire form is taken only when it is exactly one") {
  CHECK(from_wire(std::string("\1a\0", 3)));
  CHECK(from_wire(std::string("\0", 1))->is_root());
  CHECK_FALSE(from_wire(""));
  CHECK_FALSE(from_wire("\1a"));                          // no root label
  CHECK_FALSE(from_wire(std::string("\2a\0", 3)));        // label beyond the end
  CHECK_FALSE(from_wire(std::string("\1a\0\0", 4)));      // bytes behind
  CHECK_FALSE(from_wire(std::string("\1a\xc0\x0c", 4)));  // compressed
  CHECK_FALSE(from_wire(std::string(300, '\1')));
}

TEST_CASE("an address is reversed under a zone") {
  CHECK(Name::reversed(*Address::parse("139.162.133.252"), "origin.asn.cymru.com")->str() ==
        "252.133.162.139.origin.asn.cymru.com");
  CHECK(Name::reversed(*Address::parse("2001:db8::567:89ab"), "ip6.arpa.")->str() ==
        "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  CHECK_FALSE(Name::reversed(*Address::parse("192.0.2.1"), "no..zone"));
}
