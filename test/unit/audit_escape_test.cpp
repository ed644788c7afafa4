#include "audit/escape.hpp"

#include "base/utf8.hpp"
#include "catch.hpp"

using namespace badclients::audit;
using namespace std::string_literals;

namespace {

std::string brackets(std::string_view text) {
  return escaped(text, Place::brackets, 1000);
}
std::string bare(std::string_view text) {
  return escaped(text, Place::bare, 1000);
}
std::string message(std::string_view text) {
  return escaped(text, Place::message, 1000);
}

}  // namespace

TEST_CASE("ordinary text, UTF-8 included, stays as it is") {
  for (const auto* text : {"alice@example.org", "M\u00fcller \u674e \U0001f4e7", "'\"%$"}) {
    CHECK(brackets(text) == text);
    CHECK(message(text) == text);
  }
  CHECK(bare("rimap26.i.mail.ru") == "rimap26.i.mail.ru");
}

TEST_CASE("what could end a field is escaped, according to where it stands") {
  CHECK(brackets("a>, blocked=True<\\") == "a\\x3e, blocked=True\\x3c\\x5c");
  CHECK(bare("a, b=<c>\\") == "a\\x2c\\x20b\\x3d\\x3cc\\x3e\\x5c");
  CHECK(message("a, b=<c>\\") == "a, b=<c>\\");
}

TEST_CASE("characters that act on a terminal are escaped everywhere") {
  for (const auto place : {Place::brackets, Place::bare, Place::message}) {
    const auto show = [&](std::string_view text) { return escaped(text, place, 1000); };
    CHECK(show("\0\t\n\r\x1b\x7f"s) == "\\x00\\x09\\x0a\\x0d\\x1b\\x7f");
    CHECK(show("\u0080\u009b\u009f") == "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f");
    CHECK(show("\u00a0") == "\u00a0");
    CHECK(show("\u2028\u2029") == "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
    CHECK(show("\u202e\u2066") == "\\xe2\\x80\\xae\\xe2\\x81\\xa6");
    CHECK(show("\u200e\u200f\u061c") == "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c");
  }
}

TEST_CASE("bytes that are no UTF-8 are escaped one by one, and what follows them is read afresh") {
  CHECK(brackets("\xff\xfe") == "\\xff\\xfe");
  CHECK(brackets("a\x80z") == "a\\x80z");                // continuation alone
  CHECK(brackets("\xc3z") == "\\xc3z");                  // cut short by another character
  CHECK(brackets("\xe2\x82") == "\\xe2\\x82");           // cut short by the end
  CHECK(brackets("\xc0\xbc") == "\\xc0\\xbc");           // overlong '<'
  CHECK(brackets("\xe0\x80\xbc") == "\\xe0\\x80\\xbc");  // overlong '<' in three
  CHECK(brackets("\xf0\x80\x80\xbc") == "\\xf0\\x80\\x80\\xbc");
  CHECK(brackets("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(brackets("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(brackets("\xf8\x88\x80\x80\x80") == "\\xf8\\x88\\x80\\x80\\x80");
  CHECK(brackets("\xe2\x82\xac") == "\u20ac");
  CHECK(brackets("\xf4\x8f\xbf\xbf") == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("an overlong text is cut between characters, with a mark that no text can forge") {
  CHECK(escaped("abcdef", Place::brackets, 6) == "abcdef");
  CHECK(escaped("abcdefg", Place::brackets, 6) == "abcdef\\...");
  CHECK(escaped("abcd\n", Place::brackets, 6) == "abcd\\...");
  CHECK(escaped("abcde\u20ac", Place::brackets, 6) == "abcde\\...");
  CHECK(escaped("\\...", Place::brackets, 100) == "\\x5c...");
}

TEST_CASE("every byte sequence of length two comes out as printable UTF-8") {
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const std::string text{static_cast<char>(pair >> 8), static_cast<char>(pair & 0xff)};
    auto shown = bare(text);
    std::string_view rest = shown;
    bool good = true;
    while (!rest.empty() && good) {
      const auto character = badclients::base::first_character(rest);
      good = character.length != 0 && !badclients::base::is_control(character.code);
      rest.remove_prefix(character.length);
    }
    if (!good || shown.find_first_of("<>, =") != std::string::npos) FAIL(shown);
  }
  SUCCEED();
}
