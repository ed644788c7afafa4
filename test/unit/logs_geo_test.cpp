#include "logs/geo.hpp"

#include "audit/line.hpp"
#include "catch.hpp"

using namespace badclients;

TEST_CASE("the line about GeoIP is read back") {
  facts::Login login{"al, ice>", "imap", net::Address::v4(0x34610001), ""};
  facts::Facts facts;
  facts.geo_city.knowledge = facts.geo_asn.knowledge = facts::Knowledge::known;
  auto& city = facts.geo_city.value;
  city.city = facts::Place{4744870, "", "Ashburn <X>/y"};
  city.subdivisions = {{6254928, "", "Virginia"}, {1, "", ""}};
  city.country = facts::Place{6252001, "US", ""};
  city.continent = facts::Place{6255149, "NA", ""};
  city.registered_country = facts::Place{0, "DE", ""};
  city.location = facts::Circle{39.0469, -77.4903, 20};
  facts.geo_asn.value = {8075, "MICROSOFT, \"X\""};
  const auto line = "Nov 21 23:12:04 m dovecot: auth: " + audit::maxmind_line(login, facts).value();
  logs::Geo geo;
  REQUIRE(logs::read_geo(line, geo));
  CHECK(geo.user == login.user);
  CHECK(geo.service == "imap");
  CHECK(geo.ip == "52.97.0.1");
  CHECK(geo.city.known());
  CHECK(geo.city.value == city);
  CHECK(geo.asn.value == facts.geo_asn.value);

  facts.geo_city = {};
  REQUIRE(logs::read_geo(audit::maxmind_line(login, facts).value(), geo));
  CHECK_FALSE(geo.city.known());
  CHECK(geo.asn.known());
}

TEST_CASE("what is no line about GeoIP is none") {
  logs::Geo geo;
  for (const auto* line :
       {"", "mail-audit: user=<a>, service=imap, ip=1.2.3.4", "mail-audit-maxmind: user=<a>, x",
        "mail-audit-maxmind: {\"user\":\"a\"", "{\"user\":\"a\",\"ip\":\"1.2.3.4\"}"}) {
    CAPTURE(line);
    CHECK_FALSE(logs::read_geo(line, geo));
  }
  CHECK(logs::read_geo("mail-audit-maxmind: {\"user\":\"a\",\"lat\":1.5,\"lon\":2}", geo));
  CHECK(geo.city.value.location == facts::Circle{1.5, 2, 0});
}
