#include "lists/pattern.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "lists/pattern_items.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

constexpr std::uint64_t step_budget = 10'000'000;
constexpr std::size_t memory_limit = 4U << 20U;
constexpr std::size_t longest_for_lua = 1U << 20U;

bool is_literal(std::string_view pattern) {
  return !pattern.empty() && (pattern.front() == '\'' || pattern.front() == '"');
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Whether `pattern` with a `$` behind it is the pattern anchored at its end, and nothing else. Not
// so where the `$` would be a second one (the first then is literal), or would complete a `%` or
// `%b` before it.
bool takes_anchor(std::string_view pattern) {
  return pattern.empty() || (pattern.back() != '$' && pattern.back() != '%' &&
                             pattern.find("%b") == std::string_view::npos);
}

// A second `^` would be literal, too.
std::string anchored(std::string_view pattern, bool end) {
  if (!pattern.empty() && pattern.front() == '^') pattern.remove_prefix(1);
  std::string result = "^";
  result += pattern;
  if (end) result += '$';
  return result;
}

// lua_Alloc, limited: `used` is the sum of all blocks.
void* allocate(void* used_bytes, void* block, std::size_t old_size, std::size_t new_size) {
  auto& used = *static_cast<std::size_t*>(used_bytes);
  if (block == nullptr) old_size = 0;  // Lua then says what kind of object it wants
  if (new_size == 0) {
    std::free(block);
    used -= old_size;
    return nullptr;
  }
  if (new_size > old_size && new_size - old_size > memory_limit - used) return nullptr;
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) used = used - old_size + new_size;
  return moved;
}

struct Question {
  std::string_view pattern, value;
  bool matches = false;
};

// Runs under lua_pcall: an error leaves it by longjmp, so nothing here may need a destructor.
int open_string_library(lua_State* lua) {
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
  lua_getfield(lua, -1, "match");
  lua_setfield(lua, LUA_REGISTRYINDEX, "match");
  return 0;
}

// The same holds here.
int string_match(lua_State* lua) {
  auto* question = static_cast<Question*>(lua_touserdata(lua, 1));
  lua_getfield(lua, LUA_REGISTRYINDEX, "match");
  lua_pushlstring(lua, question->value.data(), question->value.size());
  lua_pushlstring(lua, question->pattern.data(), question->pattern.size());
  lua_call(lua, 2, 1);
  question->matches = !lua_isnil(lua, -1);
  return 0;
}

}  // namespace

PatternMatcher::PatternMatcher() = default;
PatternMatcher::~PatternMatcher() = default;
PatternMatcher::PatternMatcher(PatternMatcher&&) noexcept = default;

PatternMatcher& PatternMatcher::operator=(PatternMatcher&& other) noexcept {
  lua_ = std::move(other.lua_);  // closed before the memory count that closing it writes to goes
  memory_ = std::move(other.memory_);
  trouble_ = std::move(other.trouble_);
  return *this;
}

void PatternMatcher::Closer::operator()(lua_State* state) const {
  lua_close(state);
}

bool PatternMatcher::matches(std::string_view pattern, std::string_view value) {
  if (!is_literal(pattern)) return matches_pattern(pattern, value);
  const auto literal = pattern.substr(1);
  return pattern.front() == '"' ? literal == value : equal_ignoring_case(literal, value);
}

bool PatternMatcher::matches_pattern(std::string_view pattern, std::string_view value) {
  std::string reason = "a pattern with back references is too much work for a value this long";
  const auto lua_says = [&](const PatternCost& cost, bool add_anchor) -> std::optional<bool> {
    if (value.size() > longest_for_lua || cost.steps(value.size()) > step_budget) {
      return std::nullopt;
    }
    const auto answer = ask_lua(anchored(pattern, add_anchor), value);
    if (answer) return *answer;
    reason = answer.error();
    return std::nullopt;
  };

  if (takes_anchor(pattern)) {
    if (const auto answer = lua_says(PatternCost::at_most(pattern), true)) return *answer;
  }
  const auto items = PatternItems::parse(pattern);
  if (!items) {
    trouble_ = items.error();
    return false;
  }
  if (const auto answer = lua_says(items->cost(), !items->anchored_end())) return *answer;
  if (!items->has_back_reference()) return items->matches(value);
  trouble_ = reason;
  return false;
}

tl::expected<bool, std::string> PatternMatcher::ask_lua(std::string_view pattern,
                                                        std::string_view value) {
  if (!lua_) {
    memory_ = std::make_unique<std::size_t>(0);
    lua_.reset(lua_newstate(allocate, memory_.get()));
    if (lua_) {
      lua_pushcfunction(lua_.get(), open_string_library);
      if (lua_pcall(lua_.get(), 0, 0, 0) != LUA_OK) lua_.reset();
    }
    if (!lua_) return tl::unexpected(std::string{"Lua cannot be started: not enough memory"});
  }
  Question question{pattern, value};
  lua_pushcfunction(lua_.get(), string_match);
  lua_pushlightuserdata(lua_.get(), &question);
  if (lua_pcall(lua_.get(), 1, 0, 0) == LUA_OK) return question.matches;
  // The error is a string, already there: this allocates nothing in Lua.
  const char* text = lua_tostring(lua_.get(), -1);
  std::string reason = text != nullptr ? text : "unknown error of Lua";
  lua_settop(lua_.get(), 0);
  return tl::unexpected(std::move(reason));
}

std::optional<std::string> PatternMatcher::fault(std::string_view pattern) {
  if (is_literal(pattern)) return std::nullopt;
  const auto items = PatternItems::parse(pattern);
  if (!items) return items.error();
  // What only shows when it runs: "pattern too complex".
  const auto answer = ask_lua(anchored(pattern, !items->anchored_end()), {});
  return answer ? std::nullopt : std::optional{answer.error()};
}

std::vector<std::string> required_texts(std::string_view pattern) {
  if (!is_literal(pattern)) {
    const auto items = PatternItems::parse(pattern);
    return items ? items->required_texts() : std::vector<std::string>();
  }
  const auto literal = pattern.substr(1);
  return literal.empty() ? std::vector<std::string>() : std::vector{lowered(literal)};
}

}  // namespace badclients::lists
