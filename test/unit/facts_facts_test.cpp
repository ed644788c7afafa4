#include "facts/facts.hpp"

#include "catch.hpp"

using namespace badclients::facts;

TEST_CASE("an AS description is had without its holder's full name") {
  CHECK(without_full_name("HETZNER-AS - Hetzner Online GmbH, DE") == "HETZNER-AS, DE");
  CHECK(without_full_name("A - B - C, D, Ltd., US") == "A, US");
  for (const auto* same :
       {"HETZNER-AS, DE", "AKAMAI-LINODE-AP Akamai Connected Cloud, SG", "", "X - Y",
        "X - Y, Germany", "X - Y, de", "X-Y, DE", " - , D", ", DE", "X, DE - Y", "X - DE"}) {
    INFO(same);
    CHECK_FALSE(without_full_name(same));
  }
}

TEST_CASE("the first few ASes of an origin have descriptions, AS0 has none") {
  Origin origin;
  CHECK(described_asns(origin).empty());
  origin.asns = {0, 1, 2, 3, 4, 5, 6};
  CHECK(described_asns(origin) == std::vector<std::uint32_t>{1, 2, 3, 4});
}
