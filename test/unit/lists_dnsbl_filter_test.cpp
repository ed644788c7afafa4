#include "lists/dnsbl_filter.hpp"

#include "catch.hpp"

using badclients::lists::DnsblEntry;
using badclients::net::Address;

namespace {

bool listed(std::string_view entry, std::string_view answer) {
  return DnsblEntry::parse(entry).value().matches(Address::parse(answer).value());
}

std::string canonical(std::string_view entry) {
  const auto parsed = DnsblEntry::parse(entry);
  return parsed ? parsed->str() : "error: " + parsed.error();
}

}  // namespace

TEST_CASE("a zone without filter lists by any answer in 127.0.0.0/8") {
  CHECK(listed("zen.example.org", "127.0.0.2"));
  CHECK(listed("zen.example.org", "127.1.2.3"));
  CHECK_FALSE(listed("zen.example.org", "198.51.100.7"));
  CHECK_FALSE(listed("zen.example.org", "::1"));
}

TEST_CASE("a filter chooses among the answers") {
  CHECK(listed("z.example=127.0.0.2", "127.0.0.2"));
  CHECK_FALSE(listed("z.example=127.0.0.2", "127.0.0.3"));
  CHECK_FALSE(listed("z.example=127.0.0.[2..11]", "127.0.0.1"));
  CHECK(listed("z.example=127.0.0.[2..11]", "127.0.0.2"));
  CHECK(listed("z.example=127.0.0.[2..11]", "127.0.0.11"));
  CHECK_FALSE(listed("z.example=127.0.0.[2..11]", "127.0.0.12"));
  for (const auto* answer : {"127.0.0.2", "127.0.0.4", "127.0.0.6", "127.0.0.7", "127.0.0.8"}) {
    CHECK(listed("z.example=127.0.0.[2;4;6..8]", answer));
  }
  for (const auto* answer : {"127.0.0.1", "127.0.0.3", "127.0.0.5", "127.0.0.9", "127.0.1.2"}) {
    CHECK_FALSE(listed("z.example=127.0.0.[2;4;6..8]", answer));
  }
  CHECK(listed("dnswl.example=127.0.[2..15].[1..3]", "127.0.9.3"));
  CHECK_FALSE(listed("dnswl.example=127.0.[2..15].[1..3]", "127.0.9.0"));
}

TEST_CASE("an error code of a DNSBL is never a listing") {
  CHECK_FALSE(listed("z.example", "127.255.255.254"));
  CHECK_FALSE(listed("z.example=127.[0..255].[0..255].[0..255]", "127.255.255.252"));
  CHECK(listed("z.example", "127.255.254.1"));
}

TEST_CASE("127.0.0.1 is never a listing, nor is an answer outside 127.0.0.0/8") {
  for (const auto* entry : {"z.example", "z.example=127.0.0.[0..255]", "z.example=127.0.0.[1..11]",
                            "z.example=[0..255].[0..255].[0..255].[0..255]"}) {
    CHECK_FALSE(listed(entry, "127.0.0.1"));
    CHECK_FALSE(listed(entry, "10.0.0.2"));
    CHECK_FALSE(listed(entry, "198.51.100.7"));
    CHECK_FALSE(listed(entry, "127.255.255.1"));
    CHECK(listed(entry, "127.0.0.2"));
  }
}

TEST_CASE("a filter that no listing can match is refused") {
  for (const auto* text : {"z.example=127.0.0.1", "z.example=10.0.0.2", "z.example=[0..126].0.0.2",
                           "z.example=127.255.255.[1..255]"}) {
    CAPTURE(text);
    CHECK_THAT(canonical(text), ContainsSubstring("no listing"));
  }
  CHECK(canonical("z.example=127.0.0.[1..2]") == "z.example=127.0.0.[1..2]");
}

TEST_CASE("a zone has one form") {
  CHECK(canonical("Zen.Example.ORG.") == "zen.example.org");
  CHECK(canonical("Zen.Example.ORG=127.0.0.[2..11]") == "zen.example.org=127.0.0.[2..11]");
  CHECK(DnsblEntry::parse("A_b-1.example.=127.0.0.2")->zone() == "a_b-1.example");
}

TEST_CASE("what is no DNSBL entry is refused with a reason") {
  for (const auto* text :
       {"z.example=", "z.example=127.0.0", "z.example=127.0.0.256", "z.example=127.0.0.2.3",
        "z.example=127.0.0.[", "z.example=127.0.0.[]", "z.example=127.0.0.[2",
        "z.example=127.0.0.[2;]", "z.example=127.0.0.[11..2]", "z.example=127.0.0.[2..]",
        "z.example=127.0.0.[2...4]", "z.example=127.0.0.-1", "z.example=127.0.0.[2]x",
        "z.example==127.0.0.2", "z.example=127.0.0.99999999999"}) {
    CAPTURE(text);
    CHECK_THAT(canonical(text), ContainsSubstring("no IPv4 address pattern"));
  }
  CHECK_THAT(canonical("z.example*3"), ContainsSubstring("weight"));
  CHECK_THAT(canonical("z.example=127.0.0.2*3"), ContainsSubstring("weight"));
  std::string deep = "a";
  while (deep.size() <= 189) deep += ".a";
  for (const auto& text :
       {std::string{}, std::string{"=127.0.0.2"}, std::string{"."}, std::string{"a..b"},
        std::string{".a"}, std::string{"a,b"}, std::string{"http://z.example"},
        std::string(64, 'a') + ".example", std::string{"a\0b", 3}, deep}) {
    CAPTURE(text);
    CHECK_THAT(canonical(text), ContainsSubstring("does not begin with a DNS zone"));
  }
}
