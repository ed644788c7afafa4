#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lists/index.hpp"
#include "verdict/subject.hpp"
#include "verdict/unknown.hpp"

namespace badclients::verdict {

/// Calls `found` with every list entry of `action` that matches and what the audit line says for
/// it, in the order of deciding, until it returns false.
using FoundRule = std::function<bool(const lists::Hit&, const Reason&)>;
void matching_list_rules(const lists::Index& index, lists::Action action, const Subject& subject,
                         const FoundRule& found);

/// Whether some deny entry would match, if facts that could not be had were what it wants, and
/// patterns that were too much work matched. (All have been tried: matching_list_rules().)
bool deny_list_in_doubt(const lists::Index& index, const Subject& subject);

/// The lists of which the same is true of some entry: "entity.deny", ...
std::vector<std::string> lists_in_doubt(const lists::Index& index, lists::Action action,
                                        const Subject& subject);

/// Whether some allow entry looks at something that may still come.
bool allow_list_may_match(const lists::Index& index, const Unknown& unknown);

/// The same for any entry and any client rule.
bool rule_may_match(const lists::Index& index, const Unknown& unknown);

}  // namespace badclients::verdict
