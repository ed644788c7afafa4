#pragma once

#include <functional>
#include <string>

#include "lists/index.hpp"
#include "policy/subject.hpp"

namespace badclients::policy {

/// Calls `found` with every list entry of `action` that matches and what the audit line says for
/// it, in the order of deciding, until it returns false.
using FoundRule = std::function<bool(const lists::Hit&, const Reason&)>;
void matching_list_rules(const lists::Index& index, lists::Action action, const Subject& subject,
                         const FoundRule& found);

/// Whether some deny entry would match, if facts that could not be had were what it wants.
bool deny_list_in_doubt(const lists::Index& index, const Subject& subject);

/// Whether there are allow entries that more than the login is needed for.
bool allows_by_facts(const lists::Index& index);

}  // namespace badclients::policy
