#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct lua_State;

namespace badclients::lists {

/// Matches whole values against the patterns of the lists: a Lua pattern (Lua 5.4 Reference Manual
/// section 6.4.1), `'text` a literal ignoring ASCII case, `"text` a literal. One matcher serves any
/// number of patterns; it starts Lua only when a pattern first needs it. Not for use by two
/// threads.
class PatternMatcher {
 public:
  PatternMatcher();
  ~PatternMatcher();
  PatternMatcher(PatternMatcher&&) noexcept;
  PatternMatcher& operator=(PatternMatcher&&) noexcept;

  /// Whether `pattern` matches all of `value`. A pattern that Lua refuses, or gives up on ("pattern
  /// too complex"), matches nothing; `trouble()` then says why.
  bool matches(std::string_view pattern, std::string_view value);

  /// Why a pattern cannot be used ("malformed pattern (ends with '%')"); nothing where it can.
  std::optional<std::string> fault(std::string_view pattern);

  /// What Lua said the last time that matches() gave up; empty where it never did.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Closer {
    void operator()(lua_State* state) const;
  };
  std::unique_ptr<lua_State, Closer> lua_;
  std::string trouble_;
};

}  // namespace badclients::lists
