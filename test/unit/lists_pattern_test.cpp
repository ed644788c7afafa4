#include "lists/pattern.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "catch.hpp"
#include "lists/pattern_items.hpp"

using badclients::lists::PatternCost;
using badclients::lists::PatternItems;
using badclients::lists::PatternMatcher;

namespace {

bool matches(std::string_view pattern, std::string_view value) {
  PatternMatcher matcher;
  const bool result = matcher.matches(pattern, value);
  CHECK(matcher.trouble().empty());
  return result;
}

std::string fault(std::string_view pattern) {
  return PatternMatcher{}.fault(pattern).value_or("none");
}

}  // namespace

TEST_CASE("a pattern has to match the whole value") {
  CHECK(matches("VODANET.*", "VODANET International IP-Backbone of Vodafone, DE"));
  CHECK(matches(".*Vodafone.*", "VODANET International IP-Backbone of Vodafone, DE"));
  CHECK_FALSE(matches("Vodafone", "VODANET International IP-Backbone of Vodafone, DE"));
  CHECK_FALSE(matches("VODANET", "VODANET International"));
  CHECK(matches(".*%.compute%-1%.amazonaws%.com", "ec2-52-23-158-188.compute-1.amazonaws.com"));
  CHECK_FALSE(
      matches(".*%.compute%-1%.amazonaws%.com", "ec2-1.compute-1.amazonaws.com.example.org"));
  CHECK(matches("mail%-.+%-.+%.google%.com", "mail-ej1-f15.google.com"));
  CHECK(matches("%d+%-%d+%-%d+%-%d+%.protonmail%.ch", "185-70-42-1.protonmail.ch"));
  CHECK(matches("EU%-LINODE%-20141229", "EU-LINODE-20141229"));
  CHECK(matches("<>", "<>"));
  CHECK_FALSE(matches("<>", "host.example.org"));
  CHECK(matches("", ""));
  CHECK_FALSE(matches("", "x"));
}

TEST_CASE("anchors of a pattern's own change nothing") {
  CHECK(matches("^abc$", "abc"));
  CHECK(matches("^abc", "abc"));
  CHECK_FALSE(matches("^abc", "abcd"));
  CHECK(matches("abc$", "abc"));
  CHECK_FALSE(matches("abc$", "abc$"));
  CHECK(matches("^^abc", "^abc"));
  CHECK(matches("abc$$", "abc$"));
  CHECK(matches("(^a)", "^a"));
  CHECK(matches("(a$)", "a$"));
}

TEST_CASE("an escaped dollar at the end is no anchor") {
  CHECK(matches("abc%$", "abc$"));
  CHECK_FALSE(matches("abc%$", "abc"));
  CHECK(matches("abc%%$", "abc%"));
  CHECK_FALSE(matches("abc%%$", "abc%$"));
  CHECK(matches("[$]", "$"));
  CHECK(matches("[%$]", "$"));
  CHECK(matches("%bx$", "x..$"));
  CHECK_FALSE(matches("%bx$", "x..$."));
  CHECK(matches("%bx$$", "x..$"));
}

TEST_CASE("captures change nothing") {
  CHECK(matches("(%a+)%.(%a+)", "www.example"));
  CHECK(matches("()abc()", "abc"));
  CHECK_FALSE(matches("()abc()", "abcd"));
  CHECK(matches("(%a+)%-%1", "abc-abc"));
  CHECK_FALSE(matches("(%a+)%-%1", "abc-abd"));
  CHECK(matches("(a*)(.-)x", "aaabx"));
}

TEST_CASE("the texts that a pattern requires are known, as long as they can be") {
  using badclients::lists::required_texts;
  using Strings = std::vector<std::string>;
  CHECK(required_texts(".*%.Host%-%d+%.net") == Strings{".host-", ".net"});
  CHECK(required_texts("^[Mm][sS]ft$") == Strings{"msft"});
  CHECK(required_texts("ab*c") == Strings{"a", "c"});
  CHECK(required_texts("ab+c") == Strings{"ab", "bc"});
  CHECK(required_texts("ab?c-d") == Strings{"a", "d"});
  CHECK(required_texts("a(b)()%f[%w]c") == Strings{"abc"});
  CHECK(required_texts("a%b<>z") == Strings{"a<", ">z"});
  CHECK(required_texts("(a)x%1y") == Strings{"ax", "y"});
  CHECK(required_texts("'Google LLC") == Strings{"google llc"});
  CHECK(required_texts("\"A.*") == Strings{"a.*"});
  CHECK(required_texts("[ab].%a[^x]%d*").empty());
  CHECK(required_texts("'").empty());
  CHECK(required_texts("").empty());
  CHECK(required_texts("abc[").empty());
}

TEST_CASE("literals: ' ignores case, \" does not, and neither knows patterns") {
  CHECK(matches("'Google LLC", "GOOGLE llc"));
  CHECK_FALSE(matches("'Google LLC", "Google LLC "));
  CHECK_FALSE(matches("'Google.*", "Google LLC"));
  CHECK(matches("\"Google.*", "Google.*"));
  CHECK_FALSE(matches("\"Google", "google"));
  CHECK(matches("'", ""));
  CHECK(matches("\"", ""));
  CHECK_FALSE(matches("'\xc3\x84", "\xc3\xa4"));  // ASCII only
  CHECK(matches("%'x", "'x"));
}

TEST_CASE("any byte may be in a value") {
  const std::string nul{"a\0b", 3};
  CHECK(matches("a.b", nul));
  CHECK(matches("a%cb", nul));
  CHECK_FALSE(matches("a", nul));
  CHECK_FALSE(matches("'a", nul));
  CHECK(matches(".*\xff.*", "x\xffy"));
  CHECK(matches("[\x80-\xff]+", "\xc3\xa4\xff"));
}

TEST_CASE("what is no pattern is named") {
  CHECK(fault("abc%") == "malformed pattern (ends with '%')");
  CHECK(fault("abc[") == "malformed pattern (missing ']')");
  CHECK(fault("[]") == "malformed pattern (missing ']')");
  CHECK(fault("[^]") == "malformed pattern (missing ']')");
  CHECK(fault("[a%") == "malformed pattern (missing ']')");
  CHECK(fault("[a%]") == "malformed pattern (missing ']')");
  CHECK(fault("(abc") == "unfinished capture");
  CHECK(fault("abc)") == "invalid pattern capture");
  CHECK(fault("%bx") == "malformed pattern (missing arguments to '%b')");
  CHECK(fault("%fx") == "missing '[' after '%f' in pattern");
  CHECK(fault("%1") == "invalid capture index %1 in pattern");
  CHECK(fault("%0") == "invalid capture index %0 in pattern");
  CHECK(fault("(a%1)") == "invalid capture index %1 in pattern");
  std::string captures;
  for (int i = 0; i < 33; ++i) captures += "(a)";
  CHECK(fault(captures) == "too many captures");
}

TEST_CASE("what is a pattern has no fault") {
  for (const auto* pattern :
       {"",      "a",   ".*", "[]]", "[^]]", "[%]]", "[a-]", "[]-a]", "%f[%w]", "%bxy",
        "(()a)", "a$b", "*a", "^*",  "'[",   "\"(",  "[[]",  "%q",    "%-",     "%]"}) {
    CAPTURE(pattern);
    CHECK(fault(pattern) == "none");
  }
}

TEST_CASE("a malformed pattern matches nothing and says why, also where anchoring would mend it") {
  for (const auto* pattern : {"abc%", "%bx", "abc[", "x(", "a%1", "[%"}) {
    PatternMatcher matcher;
    CAPTURE(pattern);
    for (const auto* value : {"", "abc", "abc$", "x$", "x", "a"}) {
      CHECK_FALSE(matcher.matches(pattern, value));
    }
    CHECK_FALSE(matcher.trouble().empty());
  }
}

TEST_CASE("after trouble a matcher goes on") {
  PatternMatcher matcher;
  CHECK_FALSE(matcher.matches("a%", "a"));
  CHECK(matcher.trouble() == "malformed pattern (ends with '%')");
  CHECK(matcher.matches("a+", "aa"));
  PatternMatcher moved = std::move(matcher);
  CHECK(moved.matches("a+", "aa"));
  matcher = std::move(moved);
  CHECK(matcher.matches("a+", "aa"));
}

TEST_CASE("a hostile value cannot make a pattern run long") {
  const std::string value(1024, 'a');
  std::string pattern;
  for (int i = 0; i < 40; ++i) {
    pattern += ".*";
    CHECK_FALSE(matches(pattern + "x", value));
    CHECK(matches(pattern, value));
    CHECK(matches(pattern + "x", value + "x"));
  }
  std::string optional;
  for (int i = 0; i < 60; ++i) optional += "a?";
  CHECK_FALSE(matches(optional + "x", value));
  CHECK(matches(optional, value.substr(0, 60)));
  CHECK_FALSE(matches(optional, value.substr(0, 61)));
  CHECK_FALSE(matches(".*%b().*%b().*x", std::string(1024, '(')));
  CHECK(matches(".*%b().*%f[%w].*x", value + "(())" + "x"));
}

TEST_CASE("a value of megabytes is no trouble") {
  const std::string value(2U << 20U, 'a');
  CHECK(matches("a*", value));
  CHECK_FALSE(matches("a*b", value));
  CHECK(matches("'" + value, value));
}

TEST_CASE("a pattern that Lua finds too complex is matched all the same") {
  std::string pattern, value;
  for (int i = 0; i < 250; ++i) {
    pattern += "a?";
    value += "a";
  }
  CHECK(matches(pattern, value));
  CHECK_FALSE(matches(pattern, value + "a"));
}

TEST_CASE("back references are given up where they would take too long, and it is said") {
  PatternMatcher matcher;
  CHECK_FALSE(matcher.matches("(.*)(.*)(.*)(.*)%1%2%3%4x", std::string(1024, 'a')));
  CHECK_THAT(matcher.trouble(), ContainsSubstring("back references"));
  CHECK(matches("(.*)(.*)%1%2x", "abcabcx"));
}

TEST_CASE("the cost of a pattern is never underestimated by its characters") {
  for (const auto* pattern : {"a*b+c-", "%d+%-%d+", "a?b?", "%b()%1", ".*.*.*", "[*+]*"}) {
    CAPTURE(pattern);
    const auto items = PatternItems::parse(pattern);
    if (!items) continue;
    for (const auto length : {0U, 1U, 10U, 1000U, 1'000'000U}) {
      CHECK(items->cost().steps(length) <= PatternCost::at_most(pattern).steps(length));
    }
  }
  CHECK(PatternCost::at_most(std::string(500, '*')).steps(1'000'000) ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(PatternItems::parse(".*.*")->cost().steps(1000) >= 1000U * 1001U / 2);
}

TEST_CASE("matching by positions agrees with Lua, and so do the faults") {
  // Short patterns and values over few characters: dense in corner cases.
  std::mt19937 random{20240501};
  const std::string pieces = "ab.%()[]^$*+-?1bfzwA-";
  const std::string letters{"ab$^-]1B.z\0", 11};
  const auto pick = [&](const std::string& from) {
    return from[std::uniform_int_distribution<std::size_t>{0, from.size() - 1}(random)];
  };
  const auto text = [&](const std::string& from, std::size_t longest) {
    std::string result;
    const auto size = std::uniform_int_distribution<std::size_t>{0, longest}(random);
    while (result.size() < size) result += pick(from);
    return result;
  };

  PatternMatcher lua;  // every pattern here is cheap enough for Lua
  std::size_t compared = 0, matched = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto pattern = text(pieces, 8);
    const auto items = PatternItems::parse(pattern);
    if (!items || items->has_back_reference()) continue;
    for (int j = 0; j < 6; ++j) {
      const auto value = text(letters, 6);
      const bool expected = lua.matches(pattern, value);
      if (items->matches(value) != expected || !lua.trouble().empty()) {
        CAPTURE(pattern, value, expected, lua.trouble());
        FAIL("the two matchers disagree");
      }
      ++compared;
      matched += expected ? 1 : 0;
    }
  }
  CHECK(compared > 50'000);
  CHECK(matched > 1'000);
}
