#pragma once

#include <chrono>
#include <vector>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

/// Bringing together what the cache knew and what was answered now.
namespace badclients::ask {

/// Makes facts that are not wanted not_asked, so that no log shows by chance an origin that was
/// asked for only because a registration needs it. GeoIP facts stay.
void drop_unwanted(const facts::Wanted& wanted, facts::Facts& facts);

/// Makes the wanted facts not_asked, so that the cache may fill them in once more; the origin too,
/// if one of them depends on it and it is unknown.
void forget(facts::Wanted wanted, facts::Facts& facts);

/// Drops the descriptions of ASes that are not in `origin`; null: drops all.
using Descriptions = std::vector<facts::Fact<facts::AsDescription>>;
void drop_other_descriptions(const facts::Origin* origin, Descriptions& descriptions);

/// Makes failures of this host failures of the server, so that the cache remembers them.
void cache_local_failures(facts::Facts& facts);

/// The facts that have failed with Cause::silence or Cause::patience.
facts::Wanted failed_by_silence(const facts::Facts& facts);
/// Makes them not_asked.
void forget_silences(facts::Facts& facts);
/// Has them remembered for `life` from when they were learnt, or for as long as they say, if that
/// is shorter. One that ends when it was learnt says nothing.
void shorten_silences(facts::Facts& facts, std::chrono::seconds life);

/// The facts that have failed with Cause::patience.
facts::Wanted failed_by_patience(const facts::Facts& facts);
/// Makes them not_asked.
void forget_given_up(facts::Facts& facts);

/// Whether an AS that announces the address has neither a description nor a failure.
bool lacks_description(const facts::Facts& facts);

}  // namespace badclients::ask
