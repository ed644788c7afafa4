#pragma once

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

namespace badclients::ask {

/// What of the wanted facts has to be asked for, given what the cache knew.
struct DueFacts {
  facts::Wanted missing;  ///< not known: a login waits for it
  facts::Wanted old;      ///< known, but past its time: it serves until it is refreshed
};

/// Nothing is asked for again before its `expires`, be it an answer or a failure. AS descriptions
/// are asked for together with their origin, or where that is known, and not at all where there is
/// no AS to describe; where one of several is due, all are asked for. A DNSBL's answer past its
/// time is old for an hour after it was learnt, then it is missing.
DueFacts due_facts(const facts::Wanted& wanted, const facts::Wanted& by_rules,
                   const facts::Facts& facts, facts::Time now, std::chrono::seconds negative_ttl);

/// What is in either, and what is in both.
facts::Wanted operator+(const facts::Wanted& a, const facts::Wanted& b);
facts::Wanted operator&(const facts::Wanted& a, const facts::Wanted& b);

}  // namespace badclients::ask
