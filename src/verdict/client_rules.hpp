#pragma once

#include <cstdint>
#include <functional>
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

/// Whether a clause on entities has a value that facts::is_left_out_by_ripe.
bool names_person(const lists::Index& index, const lists::ClauseView& clause);

/// Whether some client rule may still match, by facts that are unknown, and has a clause that
/// `looks` is true of. Where there are such clauses, it looks at every rule.
bool client_rule_may_look(const lists::Index& index, const Subject& subject,
                          const std::function<bool(const lists::ClauseView&)>& looks);

/// Whether some client rule would match, if facts that could not be had were what it wants, and
/// patterns that were too much work matched. Where there are such, it looks at every rule. (Rules
/// that may match have been tried: matching_client_rules().)
bool client_rule_in_doubt(const lists::Index& index, const Subject& subject);

}  // namespace badclients::verdict
