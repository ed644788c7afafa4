#include "lists/pattern.hpp"

#include <chrono>
#include <string>

#include "catch.hpp"

using badclients::lists::Field;
using badclients::lists::Pattern;
using badclients::lists::PatternMatcher;
using Outcome = PatternMatcher::Outcome;

namespace {

bool matches(std::string_view pattern, std::string_view value) {
  PatternMatcher matcher;
  const auto outcome = matcher.match(Field::rev_host, pattern, value);
  CHECK(matcher.trouble().empty());
  CHECK_FALSE(matcher.gave_up());
  return outcome == Outcome::yes;
}

std::string fault(std::string_view pattern) {
  const auto parsed = Pattern::parse(pattern);
  return parsed ? "none" : parsed.error();
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
  CHECK(fault("%1") == "invalid capture index %1");
  CHECK(fault("%0") == "invalid capture index %0");
  CHECK(fault("(a%1)") == "invalid capture index %1");
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
      CHECK(matcher.match(Field::rev_host, pattern, value) == Outcome::no);
    }
    CHECK_FALSE(matcher.gave_up());
    CHECK_FALSE(matcher.trouble().empty());
  }
}

TEST_CASE("after trouble a matcher goes on") {
  PatternMatcher matcher;
  CHECK(matcher.match(Field::rev_host, "a%", "a") == Outcome::no);
  CHECK(matcher.trouble() == "'a%': malformed pattern (ends with '%')");
  CHECK(matcher.match(Field::rev_host, "a+", "aa") == Outcome::yes);
}

TEST_CASE("nothing that a value holds makes a pattern without back references slower") {
  const std::string value(1024, 'a');
  std::string pattern;
  for (int i = 0; i < 40; ++i) {
    pattern += ".*";
    CHECK_FALSE(matches(pattern + "x", value));
    CHECK(matches(pattern, value));
    CHECK(matches(pattern + "x", value + "x"));
  }
  std::string optional;
  for (int i = 0; i < 300; ++i) optional += "a?";
  CHECK_FALSE(matches(optional + "x", value));
  CHECK(matches(optional, value.substr(0, 300)));
  CHECK_FALSE(matches(optional, value.substr(0, 301)));
  CHECK_FALSE(matches(".*%b().*%b().*x", std::string(1024, '(')));
  CHECK(matches(".*%b().*%f[%w].*x", value + "(())" + "x"));
}

TEST_CASE("a value of a megabyte costs a pattern that much for each item, and no more") {
  constexpr std::size_t size = 1U << 20U;
  const auto repeated = [](std::string_view text, std::size_t count) {
    std::string result;
    while (result.size() < count) result += text;
    return result;
  };
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(matches("x" + repeated(".*", 100), repeated("a", size)));
  CHECK_FALSE(matches(repeated(".*", 100) + "x", repeated("a", size)));
  CHECK_FALSE(matches(repeated("[^b]-a+", 100) + "b", repeated("ab", size) + "a"));
  CHECK_FALSE(matches("b" + repeated("[^b]-a?", 100), repeated("a", size)));
  CHECK_FALSE(matches(".*%b()x.*", repeated("(", size)));
  CHECK_FALSE(matches(".*%b()x.*", repeated("(((((((((((()", size)));
  CHECK_FALSE(matches(".*%b()x.*", repeated("(", size / 2) + repeated(")", size / 2)));
  CHECK_FALSE(matches(".*%baax.*", repeated("a", size)));
  CHECK_FALSE(matches(".*%f[a].*%f[^a]x", repeated("ab", size)));
  // 6 * 10^8 places at most. What is quadratic takes hours.
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(60));
}

TEST_CASE("back references are tried for a while, then given up, and it is said") {
  const std::string many(1024, 'a'), most(1U << 20U, 'a');
  const auto before = std::chrono::steady_clock::now();
  for (const auto& [pattern, value] :
       {std::pair("(.*)(.*)(.*)%1b%2b.*", many + "b"),
        {"(.*)(.*)%1b%1b.*", most + "b"},
        {"(a*)c-%1b%1b.*", most + "b"},
        {".*.*(%b())%1b.*", most + "()b"},
        {".?.*%b().*(.)%1%1%f[%z]", std::string(1U << 20U, '(') + ")ab"}}) {
    PatternMatcher matcher;
    CAPTURE(pattern);
    CHECK(matcher.match(Field::rev_host, pattern, value) == Outcome::given_up);
    CHECK(matcher.gave_up());
    CHECK_THAT(matcher.trouble(), ContainsSubstring(pattern) &&
                                      ContainsSubstring("too much work") &&
                                      ContainsSubstring(std::to_string(value.size()) + " bytes"));
  }
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(60));
}

TEST_CASE("patterns of one field share the steps that back references may take") {
  const auto value = std::string(1024, 'a') + "b";
  const auto before = std::chrono::steady_clock::now();
  PatternMatcher matcher;
  for (int i = 0; i < 1000; ++i) {
    CHECK(matcher.match(Field::client_id, "(.*)(.*)(.*)%1b%2b.*", value + std::to_string(i)) ==
          Outcome::given_up);
  }
  CHECK(std::chrono::steady_clock::now() - before <
        std::chrono::seconds(20));  // each alone: minutes
  CHECK(matcher.match(Field::client_id, "(a+)%1b", value) == Outcome::given_up);
  CHECK_THAT(matcher.trouble(), ContainsSubstring("(a+)%1b"));
  CHECK(matcher.match(Field::client_id, "a+b", value) == Outcome::yes);
  CHECK(matcher.match(Field::client_id, "(b+)%1b", value) == Outcome::no);  // begins otherwise
  for (const auto field : {Field::user, Field::rev_host, Field::net_name, Field::as_dscr}) {
    CHECK(matcher.match(field, "(a+)%1b", value) == Outcome::yes);
  }
}

TEST_CASE("what a pattern with back references came to is remembered, each value alone") {
  PatternMatcher matcher;
  const auto part = std::string(40, 'a');
  const auto value = part + "." + part + "." + part + ".b.example";
  const auto match = [&](const std::string& text) {
    return matcher.match(Field::rev_host, "(.*).*(.*).*%1%2b%.example", text);
  };
  // 7 of 10 million steps.
  for (int i = 0; i < 100; ++i) CHECK(match(value) == Outcome::yes);
  CHECK(match("c" + value) == Outcome::given_up);
  CHECK(match("b.example") == Outcome::given_up);  // there are no steps left
  CHECK(match(value) == Outcome::yes);
  CHECK(match("c" + value) == Outcome::given_up);
}

TEST_CASE("a literal matches a value as long as it is") {
  const std::string value(2U << 20U, 'a');
  CHECK(matches("'" + value, value));
  CHECK_FALSE(matches("'" + value, value + "a"));
}

TEST_CASE("back references match values as long as they are") {
  CHECK(matches("(.*)(.*)%1%2x", "abcabcx"));
  CHECK(matches("(.*)%-%1", std::string(100'000, 'a') + "-" + std::string(100'000, 'a')));
  CHECK_FALSE(matches("(.*)%-%1", std::string(100'000, 'a') + "-" + std::string(100'000, 'b')));
  CHECK(matches("(%d+)%.(%d+)%.(%d+)%.(%d+)%.h%-%4%-%3%-%2%-%1%..*",
                "10.20.30.40.h-40-30-20-10.net"));
  // What follows the last back reference takes no part in it.
  CHECK_FALSE(matches("(a*)%1*b", std::string(1U << 20U, 'a')));
  CHECK(matches("(a)%1" + std::string(50, '.') + ".*.*.*.*x", std::string(1U << 20U, 'a') + "x"));
}
