#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/entry_values.hpp"
#include "lists/remark.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

struct ParsedEntry {
  std::optional<std::string> value;  ///< canonical, as in Entry; nothing where there is an error
  std::vector<std::string> more;     ///< further values: the rest of a range of addresses
  Remarks remarks;                   ///< an error and why, or warnings and notes
};

/// `text`: a line of a list, or a value of a client rule, as written; not blank, no comment.
ParsedEntry parse_entry(Field field, Use use, std::string_view text);

/// Whether a pattern looks like a name, and does not match that name: `EU-LINODE-20141229`, `C++
/// Ltd`.
bool never_matches_itself(std::string_view entry);

}  // namespace badclients::lists
