#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "lists/index.hpp"
#include "verdict/subject.hpp"

namespace badclients::verdict {

/// Numbers of the client rules all of whose clauses hold, in the order of reading. A clause on an
/// unknown fact does not hold, negated or not. Costs a few point look-ups and the rules that those
/// lead to, however many rules there are.
std::vector<std::uint32_t> matching_client_rules(const lists::Index& index, const Subject& subject);

/// Which AS a rule that matches has by its clause on `asn` or `as_dscr`; 0 where it has no such
/// clause.
std::uint32_t as_of_client_rule(const lists::Index& index, std::uint32_t rule,
                                const Subject& subject);

/// Whether some client rule that has a clause on `field` with a value that `counts` may match, be
/// it by facts that are unknown. Costs as much as there are such rules.
bool client_rule_may_look(const lists::Index& index, const Subject& subject, lists::Field field,
                          const std::function<bool(std::string_view)>& counts);

/// Whether some client rule would match, if facts that could not be had were what it wants, and
/// patterns that were too much work matched. Where there are such, it looks at every rule. (Rules
/// that may match have been tried: matching_client_rules().)
bool client_rule_in_doubt(const lists::Index& index, const Subject& subject);

}  // namespace badclients::verdict
