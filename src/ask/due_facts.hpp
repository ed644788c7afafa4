#pragma once

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

namespace badclients::ask {

/// What of the wanted facts has to be asked for, given what the cache knew.
struct DueFacts {
  facts::Wanted missing;  ///< not known: a login waits for it
  facts::Wanted stale;    ///< known, but stale: it serves until it is refreshed
};

/// Nothing is asked for again before its `expires`, be it an answer or a failure; except the
/// reverse names where `wanted` has confirmed_names and nobody has tried to confirm them for
/// `negative_ttl`. A provisional answer will do for facts that are not in `by_rules`.
///
/// AS descriptions are asked for together with their origin, or where that is known, and not at all
/// where there is no AS to describe; where one of several is due, all are asked for. A DNSBL's
/// answer is stale for an hour after its `expires`, then it is missing.
DueFacts due_facts(const facts::Wanted& wanted, const facts::Wanted& by_rules,
                   const facts::Facts& facts, facts::Time now, std::chrono::seconds negative_ttl);

}  // namespace badclients::ask
