#pragma once

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

namespace badclients::ask {

/// Which wanted facts have to be asked for, given what the cache knew.
struct DueFacts {
  facts::Wanted missing;  ///< not known: a login waits for it
  facts::Wanted stale;    ///< known, but stale: it serves until it is refreshed
};

/// Neither an answer nor a failure is asked for again before its `expires`. The exception: reverse
/// names, if `wanted` has confirmed_names and nobody tried to confirm them for `negative_ttl`. For
/// facts that are not in `by_rules` a provisional answer is enough.
///
/// AS descriptions are asked for with the origin, or once it is known; if there is no AS to
/// describe, not at all; if one of several is due, all. A DNSBL's answer is stale for an hour after
/// its `expires`, then it is missing.
DueFacts due_facts(const facts::Wanted& wanted, const facts::Wanted& by_rules,
                   const facts::Facts& facts, facts::Time now, std::chrono::seconds negative_ttl);

}  // namespace badclients::ask
