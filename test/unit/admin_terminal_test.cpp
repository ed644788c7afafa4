#include "admin/terminal.hpp"

#include "catch.hpp"

using namespace std::chrono_literals;
using badclients::admin::about;
using badclients::admin::columns;
using badclients::admin::printable;

TEST_CASE("ordinary text of any language is printed as it is") {
  CHECK(printable("") == "");
  CHECK(printable("VODANET International IP-Backbone of Vodafone, DE") ==
        "VODANET International IP-Backbone of Vodafone, DE");
  CHECK(printable("Universität Łódź 東京 🐧") == "Universität Łódź 東京 🐧");
  CHECK(printable(std::string(5000, 'x')).size() == 5000);
}

TEST_CASE("what moves the cursor or hides text is printed as numbers") {
  CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("a\r\nb\tc") == "a\\x0d\\x0ab\\x09c");
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");             // C1: CSI
  CHECK(printable("\xe2\x80\xae") == "\\xe2\\x80\\xae");    // right-to-left override
  CHECK(printable("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");    // line separator
  CHECK(printable("\xe2\x81\xa6x") == "\\xe2\\x81\\xa6x");  // left-to-right isolate
}

TEST_CASE("bytes that are not UTF-8 are printed as numbers") {
  CHECK(printable("M\xfcnchen") == "M\\xfcnchen");
  CHECK(printable("\xc3") == "\\xc3");                             // cut short
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(printable("\x80ok") == "\\x80ok");
}

TEST_CASE("a column is a character, not a byte") {
  CHECK(columns("Łódź") == 4);
  CHECK(columns("") == 0);
}

TEST_CASE("a length of time is told in its largest unit") {
  CHECK(about(0s) == "0 s");
  CHECK(about(-5s) == "0 s");
  CHECK(about(59s) == "59 s");
  CHECK(about(60s) == "1 min");
  CHECK(about(3599s) == "59 min");
  CHECK(about(3h + 59min) == "3 h");
  CHECK(about(49h) == "2 d");
}

TEST_CASE("times are printed in UTC") {
  const std::chrono::system_clock::time_point time{1'751'630'400s};
  CHECK(badclients::admin::timestamp(time) == "2025-07-04T12:00:00Z");
}
