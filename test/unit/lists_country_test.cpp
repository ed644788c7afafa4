#include "lists/country.hpp"

#include "catch.hpp"

using badclients::lists::country_name;

TEST_CASE("countries have their ISO 3166-1 names") {
  CHECK(country_name("DE") == "Germany");
  CHECK(country_name("SS") == "South Sudan");
  CHECK(country_name("CW") == "Curaçao");
  CHECK(country_name("ZW") == "Zimbabwe");
  CHECK(country_name("AD") == "Andorra");
}

TEST_CASE("the original's own codes are known") {
  CHECK(country_name("AN") == "Netherlands Antilles");
  CHECK(country_name("ZZ") == "Local Country");
}

TEST_CASE("there are 249 countries and two more codes") {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += country_name(std::string{a, b}) ? 1 : 0;
  }
  CHECK(count == 251);
}

TEST_CASE("what is no country has no name") {
  for (const auto* code :
       {"", "D", "de", "De", "DEU", "UK", "EU", "XX", "QQ", "D\n", "\nD", " D"}) {
    CAPTURE(code);
    CHECK_FALSE(country_name(code));
  }
}
