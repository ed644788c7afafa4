#include "network/questions/cymru.hpp"

#include "catch.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using Records = std::vector<std::string>;
using Asns = std::vector<std::uint32_t>;

namespace {

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

std::string origin_trouble(const std::string& record) {
  const auto origin = read_origin(Records{record}, address("139.162.133.252"));
  return origin ? "none" : origin.error();
}

}  // namespace

TEST_CASE("an origin is read from a TXT record") {
  const auto origin = read_origin(Records{"63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02"},
                                  address("139.162.133.252"));
  REQUIRE(origin);
  CHECK(*origin ==
        facts::Origin{{63949}, net::Network::parse("139.162.128.0/19").value(), "NL", "ripencc"});
  const auto v6 = read_origin(Records{"15169 | 2001:4860::/32 | US | arin | 2005-03-14"},
                              address("2001:4860:4860::8888"));
  REQUIRE(v6);
  CHECK(v6->prefix->str() == "2001:4860::/32");
}

TEST_CASE("the most specific prefix counts, and all ASes that announce it") {
  const auto origin =
      read_origin(Records{"1 | 139.0.0.0/8 | US | arin | ", "23028 15169 | 139.162.0.0/16 | | | ",
                          "15169 64500 | 139.162.0.0/16 | NL | ripencc |",
                          "2 | 139.160.0.0/14 | DE | ripencc | "},
                  address("139.162.133.252"));
  REQUIRE(origin);
  CHECK(origin->asns == Asns{23028, 15169, 64500});
  CHECK(origin->prefix->str() == "139.162.0.0/16");
  CHECK(origin->country.empty());
  CHECK(origin->registry.empty());
}

TEST_CASE("no record means that nobody announces the address") {
  CHECK(read_origin({}, address("192.0.2.1")) == facts::Origin{});
}

TEST_CASE("countries and registries that are none stay unknown") {
  const auto origin =
      read_origin(Records{"63949 | 139.162.128.0/19 | Zz1 | iana | "}, address("139.162.133.252"));
  REQUIRE(origin);
  CHECK(origin->country.empty());
  CHECK(origin->registry.empty());
}

TEST_CASE("a record that is no origin of the address is quoted") {
  CHECK(origin_trouble("v=spf1 -all") == "'v=spf1 -all' is no origin of 139.162.133.252");
  for (const auto* record :
       {"", "|||", "x | 139.162.128.0/19 | NL | ripencc", "63949 | 10.0.0.0/8 | NL | ripencc",
        "63949 | 139.162.128.0 | NL", "63949 | 139.162.128.0/40 | NL | ripencc",
        "63949 | | NL | ripencc", " | 139.162.128.0/19 | NL | ripencc",
        "99999999999 | 139.162.128.0/19 | NL | ripencc", "63949 | 2001:db8::/32 | NL | ripencc"}) {
    CHECK_THAT(origin_trouble(record), ContainsSubstring("is no origin"));
  }
  CHECK(read_origin(Records{"junk", "63949 | 139.162.128.0/19 | NL | ripencc | "},
                    address("139.162.133.252")));
}

TEST_CASE("the description of an AS is the last field of its TXT record") {
  const auto read = [](const std::string& record) {
    return read_as_description(Records{record}, 63949);
  };
  CHECK(
      read("63949 | US | arin | 2014-10-15 | AKAMAI-LINODE-AP Akamai Connected Cloud, SG")->text ==
      "AKAMAI-LINODE-AP Akamai Connected Cloud, SG");
  CHECK(read("63949 | US | arin | | A | B, SG")->text == "A | B, SG");
  CHECK(read("63949 | US | arin | | M\xfcller, DE")->text == "M\xc3\xbcller, DE");
  CHECK(read("63949 | | | | ")->text.empty());
  CHECK(read_as_description({}, 63949) == facts::AsDescription{63949, ""});
  CHECK(read("1 | US | arin | 2014-10-15 | OTHER").error() ==
        "'1 | US | arin | 2014-10-15 | OTHER' does not describe AS63949");
  CHECK_FALSE(read("63949 | US | arin"));
}

TEST_CASE("origin and description are read from Cymru's WHOIS answer") {
  const std::string header =
      "AS      | IP               | BGP Prefix          | CC | Registry | Allocated  | AS Name\r\n";
  const auto answer = read_cymru_whois(
      header +
          "63949   | 139.162.133.252  | 139.162.0.0/16      | US | ripencc  | 2004-02-02 | "
          "WIDER\r\n"
          "63949   | 139.162.133.252  | 139.162.128.0/19    | NL | ripencc  | 2004-02-02 | "
          "AKAMAI-LINODE-AP Akamai Connected Cloud, SG\r\n",
      address("139.162.133.252"));
  REQUIRE(answer);
  CHECK(answer->origin ==
        facts::Origin{{63949}, net::Network::parse("139.162.128.0/19").value(), "NL", "ripencc"});
  CHECK(answer->descriptions ==
        std::vector<facts::AsDescription>{{63949, "AKAMAI-LINODE-AP Akamai Connected Cloud, SG"}});

  const auto both = read_cymru_whois(
      header +
          "64500   | 192.0.2.1        | 192.0.2.0/24        | NL | ripencc  |            | ONE, "
          "NL\n"
          "64501   | 192.0.2.1        | 192.0.2.0/24        | NL | ripencc  |            | TWO, "
          "DE\n"
          "64502   | 192.0.2.1        | 192.0.0.0/16        | NL | ripencc  |            | X, FR\n",
      address("192.0.2.1"));
  REQUIRE(both);
  CHECK(both->origin.asns == std::vector{64500U, 64501U});
  CHECK(both->descriptions ==
        std::vector<facts::AsDescription>{{64500, "ONE, NL"}, {64501, "TWO, DE"}});

  const auto none = read_cymru_whois(
      header +
          "NA      | 192.0.2.1        | NA                  | NA | NA       |            | NA\n",
      address("192.0.2.1"));
  REQUIRE(none);
  CHECK(none->origin == facts::Origin{});
  CHECK(none->descriptions == std::vector<facts::AsDescription>{{0, ""}});

  CHECK(read_cymru_whois("Error: no ASN or IP match on line 1.", address("192.0.2.1")).error() ==
        "'Error: no ASN or IP match on line 1.' is no origin of 192.0.2.1");
}

TEST_CASE("the description of an AS is read from Cymru's WHOIS answer") {
  const auto answer = read_as_description_whois(
      "AS      | CC | Registry | Allocated  | AS Name\n"
      "23028   | US | arin     | 2002-01-04 | TEAM-CYMRU - Team Cymru Inc., US\n",
      23028);
  REQUIRE(answer);
  CHECK(answer->text == "TEAM-CYMRU - Team Cymru Inc., US");
}
