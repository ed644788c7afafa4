// Lua says what a pattern matches, and what is wrong with it.

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "lists/pattern.hpp"

using badclients::lists::Pattern;
using namespace std::string_view_literals;

namespace {

class Lua {
 public:
  enum class Says { no, yes, error };

  Lua() : state_(luaL_newstate(), lua_close) {
    luaL_requiref(state_.get(), LUA_STRLIBNAME, luaopen_string, 0);
  }

  /// What string.find(value, pattern) says.
  Says find(std::string_view pattern, std::string_view value) {
    auto* lua = state_.get();
    lua_settop(lua, 1);
    lua_getfield(lua, 1, "find");
    lua_pushlstring(lua, value.data(), value.size());
    lua_pushlstring(lua, pattern.data(), pattern.size());
    if (lua_pcall(lua, 2, 1, 0) == LUA_OK) return lua_isnil(lua, -1) ? Says::no : Says::yes;
    error_ = lua_tostring(lua, -1);
    return Says::error;
  }

  /// The text of the last error.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::unique_ptr<lua_State, decltype(&lua_close)> state_;
  std::string error_;
};

struct Question {
  std::string pattern;  ///< as in a list
  std::string body;     ///< the same without anchors: Lua gets it with the ones that we want
  std::vector<std::string> values;
};

/// Makes questions by chance.
class Chance {
 public:
  Chance(unsigned seed, Lua& lua) : random_(seed), lua_(lua) {}

  /// Characters that mean something in patterns, in any order, and short values of few characters.
  Question soup() {
    constexpr auto in_patterns = "ab.%()[]^$*+-?1bfzwA-\0\xe4"sv;
    constexpr auto in_values = "ab$^-]1B.z\0\xe4"sv;
    Question question;
    question.body = text(in_patterns, 9);
    while (question.body.ends_with('$')) question.body.pop_back();
    while (question.body.starts_with('^')) question.body.erase(0, 1);
    question.pattern = question.body;
    for (int i = 0; i < 6; ++i) question.values.push_back(text(in_values, 6));
    return question;
  }

  /// Well-formed pieces; a value that mostly matches them, and others that are much like it.
  Question pieces() {
    body_.clear();
    value_.clear();
    captures_.clear();
    for (auto count = below(9); count > 0; --count) add_piece();
    while (close_capture()) {
    }
    Question question{body_, body_, {value_}};
    if (one_in(4)) question.pattern.insert(0, "^");
    if (one_in(4)) question.pattern += '$';
    for (int i = 0; i < 5; ++i) question.values.push_back(disturbed(question.values.back()));
    return question;
  }

  /// The same with a mistake at the end, to which Lua comes where a value matches what is before.
  Question mistake() {
    constexpr std::array mistakes{"%", "[",   "[^", "[]", "[a", "[a%", "%f",  "%fx",    "%b", "%bx",
                                  ")", "(%1", "(",  "(a", "%9", "%0",  "(%9", "()%2%8", "[%]"};
    auto question = pieces();
    question.body += one_in(12) ? many_captures() : mistakes.at(below(mistakes.size()));
    question.pattern = question.body;
    question.values.push_back(question.values.front() + std::string(40, 'a'));
    return question;
  }

 private:
  struct Capture {
    std::size_t start = 0, length = 0;
    bool open = true;
  };

  std::size_t below(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  char one_of(std::string_view characters) { return characters[below(characters.size())]; }

  std::string text(std::string_view characters, std::size_t longest) {
    std::string result(below(longest + 1), '\0');
    for (auto& c : result) c = one_of(characters);
    return result;
  }

  static std::string many_captures() {
    std::string captures;
    for (int i = 0; i < 33; ++i) captures += "(a)";
    return captures;
  }

  std::string one_class() {
    constexpr std::array sets{"[ab]"sv,      "[^ab]"sv,  "[a-f]"sv,  "[]a]"sv,     "[^]a]"sv,
                              "[a-]"sv,      "[%a1]"sv,  "[^%s]"sv,  "[%]%-]"sv,   "[%W]"sv,
                              "[a%-z]"sv,    "[+--]"sv,  "[b-a]"sv,  "[.]"sv,      "[\x80-\xff]"sv,
                              "[0-9A-F-]"sv, "[\0-9]"sv, "[^\0]"sv,  "[%z\xe4]"sv, "[a-%%]"sv,
                              "[$^]"sv,      "[(*]"sv,   "[%a-z]"sv, "[^%W_]"sv};
    switch (below(8)) {
      case 0:
        return ".";
      case 1:
        return {'%', one_of("^$()%.[]*+-?<\xe4 qi")};
      case 2:
      case 3:
        return {'%', one_of("acdglpsuwxzACDGLPSUWXZ")};
      case 4:
        return std::string(sets.at(below(sets.size())));
      default:
        return {one_of("abAB19 @<>=_~]}\x7f\xe4\xff\0"sv)};
    }
  }

  /// A character of `set`, as Lua says; mostly one of few.
  char member(const std::string& set) {
    for (int tries = 0; tries < 300; ++tries) {
      const char c = one_in(3) ? static_cast<char>(below(256)) : one_of("ab1-.]A\0\xe4"sv);
      if (lua_.find("^" + set + "$", {&c, 1}) == Lua::Says::yes) return c;
    }
    return '\0';
  }

  void add_piece() {
    switch (below(14)) {
      case 0:
      case 1:
        body_ += '(';
        captures_.push_back({value_.size()});
        break;
      case 2:
      case 3:
        close_capture();
        break;
      case 4:
        body_ += "()";
        captures_.push_back({value_.size(), 0, false});
        break;
      case 5:
      case 6:
        add_back_reference();
        break;
      case 7:
        add_balance();
        break;
      case 8:
        body_ += "%f[" + std::string(one_in(2) ? "^" : "") + (one_in(2) ? "%w" : "%z") + "]";
        break;
      case 9:
        body_ += one_in(2) ? "a^" : "$a";  // not where they are anchors
        value_ += one_in(2) ? "a^" : "$a";
        break;
      default:
        add_repeatable();
        break;
    }
  }

  bool close_capture() {
    for (auto capture = captures_.rbegin(); capture != captures_.rend(); ++capture) {
      if (!capture->open) continue;
      body_ += ')';
      capture->open = false;
      capture->length = value_.size() - capture->start;
      return true;
    }
    return false;
  }

  void add_back_reference() {
    if (one_in(2)) {
      body_ += '(';
      captures_.push_back({value_.size()});
      add_repeatable();
      close_capture();
    }
    if (captures_.empty()) return;
    const auto number = below(std::min(captures_.size(), std::size_t{9}));
    const auto& [start, length, open] = captures_[number];
    if (open) return;
    body_ += {'%', static_cast<char>('1' + number)};
    value_ += value_.substr(start, length);
  }

  void add_balance() {
    constexpr std::array<std::array<std::string_view, 3>, 4> balances{{
        {"%b()", "(a(b)())", "()"},
        {"%b<>", "<<>x>", "<\xe4>"},
        {"%baa", "aa", "abca"},
        {"%b\0]"sv, "\0a]"sv, "\0\0]]"sv},
    }};
    const auto& balance = balances.at(below(balances.size()));
    body_ += balance[0];
    value_ += balance.at(1 + below(2));
  }

  void add_repeatable() {
    const auto set = one_class();
    const char repeat = one_in(2) ? one_of("?*+-") : '\0';
    body_ += set;
    if (repeat != '\0') body_ += repeat;
    auto count = repeat == '\0' ? 1 : repeat == '?' ? below(2) : below(4);
    if (repeat == '+') ++count;
    for (; count > 0; --count) value_ += member(set);
  }

  /// Another value, which differs in one place.
  std::string disturbed(std::string value) {
    const auto at = below(value.size() + 1);
    switch (below(4)) {
      case 0:
        value.insert(at, 1, one_of("ab1-.]A(\0\xe4"sv));
        break;
      case 1:
        if (at < value.size()) value.erase(at, 1);
        break;
      case 2:
        if (at < value.size()) value[at] = static_cast<char>(below(256));
        break;
      default:
        value.insert(at, value.substr(below(value.size() + 1), below(5)));
        break;
    }
    return value;
  }

  std::mt19937 random_;
  Lua& lua_;
  std::string body_, value_;
  std::vector<Capture> captures_;
};

struct Tally {
  std::size_t yes = 0, no = 0, yes_with_back_reference = 0, no_with_back_reference = 0;
  std::map<std::string, std::size_t> errors;
};

void compare(const Question& question, Lua& lua, Tally& tally) {
  const auto parsed = Pattern::parse(question.pattern);
  const auto wrong = [&](const std::string& value, const std::string& expected) {
    CAPTURE(question.pattern, value, expected, parsed ? "" : parsed.error());
    FAIL("Lua says otherwise");
  };
  for (const auto& value : question.values) {
    const auto begin = lua.find("^" + question.body, value);
    if (begin == Lua::Says::error) {
      if (parsed || parsed.error() != lua.error()) wrong(value, lua.error());
      ++tally.errors[lua.error()];
    }
    if (begin == Lua::Says::yes && !parsed) wrong(value, "no error");
    if (!parsed) continue;
    const auto whole = lua.find("^" + question.body + "$", value);
    if (whole == Lua::Says::error) wrong(value, lua.error());
    const bool expected = whole == Lua::Says::yes;
    if (parsed->matches(value) != expected) wrong(value, expected ? "yes" : "no");
    ++(expected ? tally.yes : tally.no);
    if (parsed->searched() == 0) continue;
    ++(expected ? tally.yes_with_back_reference : tally.no_with_back_reference);
  }
}

Tally compare(unsigned seed, std::size_t rounds) {
  Lua lua;
  Chance chance(seed, lua);
  Tally tally;
  for (std::size_t i = 0; i < rounds; ++i) {
    compare(chance.soup(), lua, tally);
    compare(chance.pieces(), lua, tally);
    if (i % 8 == 0) compare(chance.mistake(), lua, tally);
  }
  return tally;
}

}  // namespace

TEST_CASE(
    "patterns match what Lua says that they match, and their faults are the ones that it names") {
  const auto tally = compare(20261126, 40'000);
  CHECK(tally.yes > 60'000);
  CHECK(tally.no > 100'000);
  CHECK(tally.yes_with_back_reference > 2'000);
  CHECK(tally.no_with_back_reference > 2'000);
  for (const auto* error :
       {"malformed pattern (ends with '%')", "malformed pattern (missing ']')",
        "unfinished capture", "invalid pattern capture",
        "malformed pattern (missing arguments to '%b')", "missing '[' after '%f' in pattern",
        "invalid capture index %9", "invalid capture index %0", "invalid capture index %1",
        "too many captures"}) {
    CAPTURE(error);
    const auto found = tally.errors.find(error);
    CHECK((found == tally.errors.end() ? 0 : found->second) > 20);
  }
}

TEST_CASE("each class has the characters that Lua gives it") {
  Lua lua;
  for (int letter = 1; letter < 256; ++letter) {
    for (const auto& pattern : {std::string{'%', static_cast<char>(letter)},
                                std::string{'[', '%', static_cast<char>(letter), ']'},
                                std::string{'[', '^', static_cast<char>(letter), '-', 'a', ']'}}) {
      if (!Pattern::parse(pattern)) continue;
      for (int c = 0; c < 256; ++c) {
        const std::string value(1, static_cast<char>(c));
        const bool expected = lua.find("^" + pattern + "$", value) == Lua::Says::yes;
        if (Pattern::parse(pattern)->matches(value) == expected) continue;
        CAPTURE(pattern, c, expected);
        FAIL("Lua says otherwise");
      }
    }
  }
}

// Not in the usual run: `unit "[for-minutes]"`, with another seed each time.
TEST_CASE("Lua agrees with what chance comes to in minutes", "[.][for-minutes]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  CHECK(compare(seed, 1'000'000).yes > 0);
}
