#include "base/text.hpp"

#include "catch.hpp"

using namespace badclients::base;

TEST_CASE("letters and digits are ASCII's, whatever the locale", "[base]") {
  CHECK(is_letter('a'));
  CHECK(is_letter('Z'));
  CHECK(is_letter_or_digit('0'));
  CHECK_FALSE(is_letter('\xe4'));
  CHECK_FALSE(is_letter('@'));
  CHECK_FALSE(is_letter('['));
  CHECK_FALSE(is_digit('/'));
  CHECK_FALSE(is_visible(' '));
  CHECK_FALSE(is_visible('\x7f'));
  CHECK_FALSE(is_visible('\xe4'));
}

TEST_CASE("case is that of ASCII letters alone", "[base]") {
  CHECK(lowered("Im@p[-\xc4") == "im@p[-\xc4");
  CHECK(uppered("de{`z\xe4") == "DE{`Z\xe4");
  CHECK(same_word("ETag", "etag"));
  CHECK_FALSE(same_word("etag", "etags"));
  CHECK_FALSE(same_word("\xc4", "\xe4"));
}

TEST_CASE("a part is found whatever its case", "[base]") {
  CHECK(contains("GeoLite2-City", "city"));
  CHECK(contains("geolite2-city", "CITY"));
  CHECK(contains("x", ""));
  CHECK(contains("", ""));
  CHECK_FALSE(contains("GeoLite2", "asn"));
}

TEST_CASE("blanks go from both ends", "[base]") {
  CHECK(trimmed(" \t\r\v\fa b\f ") == "a b");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("\ra ", " ") == "\ra");
}

TEST_CASE("a field is cut off at its separator", "[base]") {
  std::string_view line = "a\t\tb";
  CHECK(cut(line, '\t') == "a");
  CHECK(cut(line, '\t').empty());
  CHECK(cut(line, '\t') == "b");
  CHECK(line.empty());
  CHECK(cut(line, '\t').empty());
}

TEST_CASE("text is cut into trimmed fields", "[base]") {
  CHECK(split("63949 | 139.162.128.0/19 |NL|", '|') ==
        std::vector<std::string_view>{"63949", "139.162.128.0/19", "NL", ""});
  CHECK(split("a|b|c|d", '|', 3) == std::vector<std::string_view>{"a", "b", "c|d"});
  CHECK(split("", '|') == std::vector<std::string_view>{""});
}

TEST_CASE("words lie between blanks and commas", "[base]") {
  CHECK(words(" a,b ,\t,c\r") == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(words(", ").empty());
  CHECK(words("").empty());
}

TEST_CASE("a country is two letters, in upper case", "[base]") {
  CHECK(country_code("NL") == "NL");
  CHECK(country_code("de") == "DE");
  for (const auto* text : {"", "N", "NLD", "N1", "--", "\xc3\x84"})
    CHECK(country_code(text).empty());
}
