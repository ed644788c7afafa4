#pragma once

#include <chrono>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

/// Bringing together what the cache knew and what was answered now.
namespace badclients::ask {

/// Facts that are not wanted become not_asked. (The origin is read and asked for where only a
/// registration is wanted, but what nobody wants shall not be in a log by chance.) GeoIP stays.
void drop_unwanted(const facts::Wanted& wanted, facts::Facts& facts);

/// Makes the wanted facts not_asked, so that the cache may fill them in once more; the origin too
/// where one of them depends on it and it is not known.
void forget(const facts::Wanted& wanted, facts::Facts& facts);

/// An answer of now takes the place of what was known; a failure does not.
void adopt(facts::Facts answered, facts::Facts& into);

/// Drops the descriptions of ASes that do not announce the address, or do so no longer.
void drop_other_descriptions(facts::Facts& facts);

/// Failures of our own become those of who was asked, so that the cache remembers them.
void cache_local_failures(facts::Facts& facts);

/// The facts that have failed with Cause::silence.
facts::Wanted failed_by_silence(const facts::Facts& facts);
/// Makes them not_asked.
void forget_silences(facts::Facts& facts);
/// Has them remembered for `life` at most.
void shorten_silences(facts::Facts& facts, std::chrono::seconds life);

/// Whether there is nothing, not even a failure, about an AS that announces the address.
bool lacks_description(const facts::Facts& facts);

}  // namespace badclients::ask
