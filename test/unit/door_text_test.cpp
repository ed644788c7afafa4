#include "door/text.hpp"

#include "catch.hpp"

using badclients::door::one_line;

TEST_CASE("a text for the user is one line without blanks at its end") {
  CHECK(one_line("as it is") == "as it is");
  CHECK(one_line("a\r\nb\tc \n") == "a  b c");
  CHECK(one_line("\xff") == "?");
  CHECK(one_line("").empty());
}
