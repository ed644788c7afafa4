#include "base/number.hpp"

#include <cstdint>

#include "catch.hpp"

using badclients::base::number;
using badclients::base::take_number;

TEST_CASE("a number is all of the text", "[base]") {
  CHECK(number<unsigned>("0") == 0U);
  CHECK(number<std::uint32_t>("4294967295") == 4294967295U);
  CHECK(number<std::int64_t>("-5") == -5);
  CHECK(number<double>("-0.5e1") == -5.0);
  CHECK(number<std::uint8_t>("fF", 16) == 255);
  for (const auto* text : {"", " 1", "1 ", "+1", "1x", "x", "0x1", "1.0"}) {
    CAPTURE(text);
    CHECK_FALSE(number<unsigned>(text));
  }
}

TEST_CASE("a number that is too large is none", "[base]") {
  CHECK_FALSE(number<std::uint8_t>("256"));
  CHECK_FALSE(number<std::uint32_t>("4294967296"));
  CHECK_FALSE(number<unsigned>("-1"));
  CHECK_FALSE(number<double>("1e999"));
}

TEST_CASE("a number is taken off the begin", "[base]") {
  std::string_view text = "2..11";
  CHECK(take_number<std::uint8_t>(text) == 2);
  CHECK(text == "..11");
  CHECK_FALSE(take_number<std::uint8_t>(text));
  CHECK(text == "..11");
  text = "300.";
  CHECK_FALSE(take_number<std::uint8_t>(text));
  CHECK(text == "300.");
}
