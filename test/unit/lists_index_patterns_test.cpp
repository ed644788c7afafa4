// Index: patterns are found by a text that they require.

#include <array>
#include <random>

#include "catch.hpp"
#include "lists/index.hpp"
#include "lists/index_builder.hpp"
#include "lists/pattern.hpp"
#include "lists/text.hpp"
#include "rules.hpp"

using namespace badclients::lists;
using Strings = std::vector<std::string>;
using Views = std::vector<std::string_view>;

namespace {

struct Compiled {
  explicit Compiled(const Rules& rules)
      : bytes(compile(rules.book())), index(Index::over(std::as_bytes(std::span(bytes))).value()) {}
  std::string bytes;
  Index index;
};

Strings candidates(const Index& index, Field field, const Views& values) {
  Strings found;
  index.candidates(field, Action::deny, values, [&](const Hit& hit) {
    found.emplace_back(hit.text);
    return true;
  });
  return found;
}

/// Texts that look like patterns and like values: they meet often.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  std::string text() {
    constexpr std::array pieces{"a",    "A",   "ab",      "Ab-", "example", "EXAMPLE",
                                ".net", "-",   "7",       "42",  "<>",      "host",
                                "x",    "(y)", "aaaaaaa", " ",   "\xc3",    "dsl-pool"};
    return joined(pieces, 5);
  }

  std::string pattern() {
    constexpr std::array pieces{
        "a",    "A",      "ab",     "Ab%-",      "example",    "EXAMPLE", "%.net",   "-",   "7",
        "%d+",  ".*",     ".-",     "[aA]",      "[Ee]xample", "host",    "x?",      "a+",  "%(y%)",
        "%b()", "%f[%w]", "(%a+)",  "%a",        "[^a]",       "()",      "aaaaaaa", "a*",  "%s",
        "\xc3", ".",      "[a-z]+", "dsl%-pool", "h",          "^",       "$",       "%w*", ".*"};
    if (below(8) == 0) return (below(2) == 0 ? "'" : "\"") + text();
    return joined(pieces, 7);
  }

 private:
  template <class Pieces>
  std::string joined(const Pieces& pieces, std::size_t most) {
    std::string result;
    for (auto count = 1 + below(most); count > 0; --count)
      result += pieces.at(below(pieces.size()));
    return result;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("every value that a pattern matches contains the texts that it requires") {
  Chance chance(20261101);
  PatternMatcher matcher;
  std::size_t matches = 0, required = 0;
  for (int round = 0; round < 60'000; ++round) {
    const auto pattern = chance.pattern();
    if (!Pattern::parse(pattern)) continue;
    const auto texts = required_texts(pattern);
    // Texts of its own pieces, so that many match.
    for (int i = 0; i < 4; ++i) {
      const auto value = chance.text();
      if (matcher.match(Field::rev_host, pattern, value) != PatternMatcher::Outcome::yes) continue;
      ++matches;
      for (const auto& text : texts) {
        ++required;
        CAPTURE(pattern, value, text);
        REQUIRE(lowered(value).find(text) != std::string::npos);
      }
    }
  }
  CHECK(matches > 2000);
  CHECK(required > 1000);
}

TEST_CASE("the index finds the patterns that a scan of all finds, in the same order") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    Chance chance(seed);
    PatternMatcher matcher;
    Rules rules;
    Strings patterns;
    const std::size_t count = std::array{3U, 40U, 300U, 1000U, 3000U, 3000U}.at(seed - 1);
    while (patterns.size() < count) {
      const auto pattern = chance.pattern();
      if (!Pattern::parse(pattern)) continue;
      patterns.push_back(pattern);
      rules.deny(Field::rev_host, pattern);
      rules.deny(Field::net_name, chance.text());  // of another field
    }
    const Compiled compiled(rules);
    std::size_t found = 0, tried = 0;
    for (int i = 0; i < 60; ++i) {
      const Strings values{chance.text(), chance.text()};
      const auto match = [&](std::string_view pattern) {
        return std::ranges::any_of(values, [&](const auto& value) {
          return matcher.match(Field::rev_host, pattern, value) == PatternMatcher::Outcome::yes;
        });
      };
      Strings expected, hits;
      for (const auto& pattern : patterns) {
        if (match(pattern)) expected.push_back(pattern);
      }
      for (auto& pattern : candidates(compiled.index, Field::rev_host, {values[0], values[1]})) {
        ++tried;
        if (match(pattern)) hits.push_back(std::move(pattern));
      }
      REQUIRE(hits == expected);
      found += hits.size();
    }
    CAPTURE(seed, tried, found);
    if (count > 3) CHECK(found > 0);
    CHECK(tried < 60 * count);
  }
}

TEST_CASE("a pattern without a text of its own is always tried") {
  Rules rules;
  rules.deny(Field::rev_host, "%d+.*").deny(Field::rev_host, "mail%-%d.*");
  rules.deny(Field::rev_host, "[^.]*").deny(Field::rev_host, "'");
  const Compiled compiled(rules);
  CHECK(candidates(compiled.index, Field::rev_host, {"x"}) == Strings{"%d+.*", "[^.]*", "'"});
  CHECK(candidates(compiled.index, Field::rev_host, {""}) == Strings{"%d+.*", "[^.]*", "'"});
  CHECK(candidates(compiled.index, Field::rev_host, {"MAIL-3.example"}) ==
        Strings{"%d+.*", "mail%-%d.*", "[^.]*", "'"});
  CHECK(candidates(compiled.index, Field::as_dscr, {"mail-3"}).empty());
}

TEST_CASE("of many patterns a value meets few") {
  Rules rules;
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::to_string(i);
    switch (i % 4) {
      case 0:
        rules.deny(Field::rev_host, ".*%.pool%-" + number + "%.provider%.example");
        break;
      case 1:
        rules.deny(Field::rev_host, "'host" + number + ".dynamic.example.net");
        break;
      case 2:
        rules.deny(Field::rev_host, "[Mm]ail%d+%.customer" + number + "%..*");
        break;
      default:
        rules.deny(Field::rev_host, ".*k" + number + "q.*");
        break;
    }
  }
  const Compiled compiled(rules);
  const auto tried = [&](std::string_view value) {
    return candidates(compiled.index, Field::rev_host, {value});
  };
  CHECK(tried("a.pool-16000.provider.example") == Strings{".*%.pool%-16000%.provider%.example"});
  CHECK(tried("HOST16001.dynamic.example.net") == Strings{"'host16001.dynamic.example.net"});
  CHECK(tried("mail7.customer16002.example") == Strings{"[Mm]ail%d+%.customer16002%..*"});
  CHECK(tried("xk3qx") == Strings{".*k3q.*"});
  CHECK(tried("84-46-17-4.dsl.provider.example.net").size() < 5);
  CHECK(tried(std::string(2000, 'a')).empty());
}
