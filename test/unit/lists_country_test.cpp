#include "catch.hpp"
#include "lists/entry_values.hpp"

using badclients::lists::is_country_code;

TEST_CASE("there are 249 countries and two more codes, which the original knows") {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += is_country_code(std::string{a, b}) ? 1 : 0;
  }
  CHECK(count == 251);
  for (const auto* code : {"AD", "DE", "SS", "CW", "ZW", "AN", "ZZ"}) CHECK(is_country_code(code));
}

TEST_CASE("what is no country's code is none") {
  for (const auto* code :
       {"", "D", "de", "De", "DEU", "UK", "EU", "XX", "QQ", "D\n", "\nD", " D", "D ", "DA", "EA"}) {
    CAPTURE(code);
    CHECK_FALSE(is_country_code(code));
  }
}
