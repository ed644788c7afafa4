#pragma once

#include <chrono>
#include <vector>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

/// Bringing together what the cache knew and what was answered now.
namespace badclients::ask {

/// Facts that are not wanted become not_asked: the origin that was asked for because a registration
/// needs it, so that it is not in a log by chance. GeoIP stays.
void drop_unwanted(const facts::Wanted& wanted, facts::Facts& facts);

/// Makes the wanted facts not_asked, so that the cache may fill them in once more; the origin too
/// where one of them depends on it and it is not known.
void forget(facts::Wanted wanted, facts::Facts& facts);

/// Drops the descriptions of ASes that do not announce the address, or do so no longer.
using Descriptions = std::vector<facts::Fact<facts::AsDescription>>;
void drop_other_descriptions(const facts::Origin* origin, Descriptions& descriptions);

/// Failures of this host become those of the server, so that the cache remembers them.
void cache_local_failures(facts::Facts& facts);

/// The facts that have failed with Cause::silence or Cause::patience.
facts::Wanted failed_by_silence(const facts::Facts& facts);
/// Makes them not_asked.
void forget_silences(facts::Facts& facts);
/// They are remembered for `life` at most.
void shorten_silences(facts::Facts& facts, std::chrono::seconds life);

/// Those that have failed with Cause::patience.
facts::Wanted failed_by_patience(const facts::Facts& facts);
/// Makes them not_asked.
void forget_given_up(facts::Facts& facts);

/// Whether there is nothing, not even a failure, about an AS that announces the address.
bool lacks_description(const facts::Facts& facts);

}  // namespace badclients::ask
