#include "network/transport/text.hpp"

#include "catch.hpp"

using namespace badclients::network;
using Views = std::vector<std::string_view>;

TEST_CASE("text is cut into trimmed fields") {
  CHECK(split("63949 | 139.162.128.0/19 |NL|", '|') ==
        Views{"63949", "139.162.128.0/19", "NL", ""});
  CHECK(split("a|b|c|d", '|', 3) == Views{"a", "b", "c|d"});
  CHECK(split("", '|') == Views{""});
  CHECK(words(" A-MNT, B-MNT\tC ,,\r") == Views{"A-MNT", "B-MNT", "C"});
  CHECK(words(" ,").empty());
}

TEST_CASE("a country is two letters, in upper case") {
  CHECK(country_code("NL") == "NL");
  CHECK(country_code("de") == "DE");
  for (const auto* text : {"", "N", "NLD", "N1", "--", "\xc3\x84"})
    CHECK(country_code(text).empty());
}

TEST_CASE("words are found whatever their case") {
  CHECK(contains("% Query RATE Limit Exceeded", "rate limit exceeded"));
  CHECK_FALSE(contains("rate", "rate limit"));
}

TEST_CASE("Latin-1 becomes UTF-8, and UTF-8 stays") {
  CHECK(to_utf8("M\xfcnchen") == "M\xc3\xbcnchen");
  CHECK(to_utf8("M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(to_utf8("\xc3") == "\xc3\x83");                          // cut off
  CHECK(to_utf8("\xc0\xaf") == "\xc3\x80\xc2\xaf");              // overlong
  CHECK(to_utf8("\xed\xa0\x80") == "\xc3\xad\xc2\xa0\xc2\x80");  // a surrogate
}
