#include "base/utf8.hpp"

#include "catch.hpp"

using namespace badclients::base;

TEST_CASE("UTF-8 is read strictly", "[base]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\xa7"));
  for (const auto* text : {"\xe4", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xe2\x82", "\x80", "\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
  CHECK(first_character("\xe2\x82\xac!").code == 0x20ac);
  CHECK(first_character("\xe2\x82\xac!").length == 3);
  CHECK(first_character("\xe2").length == 0);
}

TEST_CASE("controls act on what displays them", "[base]") {
  for (const auto code : {0x00U, 0x1bU, 0x7fU, 0x85U, 0x202eU, 0x2028U, 0x2066U}) {
    CAPTURE(code);
    CHECK(is_control(code));
  }
  CHECK_FALSE(is_control('a'));
  CHECK_FALSE(is_control(0xe4));
}

TEST_CASE("Latin-1 becomes UTF-8, and UTF-8 stays", "[base]") {
  CHECK(to_utf8("M\xfcnchen") == "M\xc3\xbcnchen");
  CHECK(to_utf8("M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(to_utf8("\xc3") == "\xc3\x83");                          // cut off
  CHECK(to_utf8("\xc0\xaf") == "\xc3\x80\xc2\xaf");              // overlong
  CHECK(to_utf8("\xed\xa0\x80") == "\xc3\xad\xc2\xa0\xc2\x80");  // a surrogate
}
