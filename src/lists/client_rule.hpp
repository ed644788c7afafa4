#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::lists {

/// One clause of a client rule, as written, quotes resolved.
struct ClauseText {
  std::string_view field;
  bool negated = false;
  std::string value;
};

/// Splits a rule: clauses `field=value` or `field!=value` between blanks. A value with blanks in it
/// stands in double quotes, in which `\"` is a quote and `\\` a backslash.
/// Error: a sentence that quotes what is wrong. `field` of the result views into `line`.
tl::expected<std::vector<ClauseText>, std::string> split_rule(std::string_view line);

/// A value as a rule has it: in quotes if it needs them.
std::string quoted_value(std::string_view value);

}  // namespace badclients::lists
