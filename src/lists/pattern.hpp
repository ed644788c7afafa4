#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

struct lua_State;

namespace badclients::lists {

/// Matches whole values against the patterns of the lists: a Lua pattern (Lua 5.4 Reference Manual
/// section 6.4.1), `'text` a literal ignoring ASCII case, `"text` a literal. Values are foreign:
/// any byte may be in them. One matcher serves any number of patterns; it starts Lua only when a
/// pattern first needs it. Not for use by two threads.
///
/// Bounds. Lua's matcher backtracks: `.*.*.*.*x` over a long value takes its length to the fourth
/// power in steps, inside one C function that no hook can interrupt. So Lua only matches where that
/// cannot take more than about 10^7 steps (some 50 ms) whatever the value is; this is every
/// everyday pattern and value. Beyond, the same pattern is matched by sets of positions, in a time
/// that is linear in the value (PatternItems); likewise where Lua itself gives up ("pattern too
/// complex"). Only a pattern with back references (`%1`) is given up beyond that bound. Lua may use
/// 4 MiB of memory, and never sees values over 1 MiB.
class PatternMatcher {
 public:
  PatternMatcher();
  ~PatternMatcher();
  PatternMatcher(PatternMatcher&&) noexcept;
  PatternMatcher& operator=(PatternMatcher&&) noexcept;

  /// Whether `pattern` matches all of `value`; a `^` at its begin or a `$` at its end changes
  /// nothing. A pattern that Lua refuses, or that is given up, matches nothing; `trouble()` then
  /// says why.
  bool matches(std::string_view pattern, std::string_view value);

  /// Why a pattern cannot be used ("malformed pattern (ends with '%')"); nothing where it can.
  std::optional<std::string> fault(std::string_view pattern);

  /// Why matches() gave up the last time that it did; empty where it never did.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  bool matches_pattern(std::string_view pattern, std::string_view value);
  tl::expected<bool, std::string> ask_lua(std::string_view pattern, std::string_view value);

  struct Closer {
    void operator()(lua_State* state) const;
  };
  std::unique_ptr<std::size_t> memory_;  // what Lua has allocated; outlives lua_
  std::unique_ptr<lua_State, Closer> lua_;
  std::string trouble_;
};

/// Texts that every value that `pattern` matches contains, in lower case (ASCII) whatever their
/// case is in the value. None where there is none, or `pattern` is no pattern.
std::vector<std::string> required_texts(std::string_view pattern);

}  // namespace badclients::lists
