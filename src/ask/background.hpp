#pragma once

#include <string>
#include <vector>

#include "ask/gather.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// What a login leaves to a process of its own, so that no user waits for it: refreshing stale
/// answers, and taking expired ones out of the cache.
namespace badclients::ask {

/// Starts such a process after a login was decided on `facts`, if a stale answer served, if the
/// login asked for something and did not wait for the answer, or if it learnt something and the
/// cache was not pruned for a while. Takes the questions (SingleFlight) and leaves them to the
/// process: so there is one process for each address and block, and one that prunes, however many
/// logins come at once. `program`, badclients, is run with `--config how.config_path --background`.
/// Costs nothing if there is nothing to do. Never throws.
void leave_to_background(const net::Address& address, const facts::Wanted& wanted,
                         const facts::Facts& facts, const Gathering& how,
                         const std::string& program, std::vector<std::string>& warnings);

/// The process' interface: its first so many descriptors.
inline constexpr int background_descriptors = 4;

/// The work of that process: reads its task from descriptor 0, takes over the questions of
/// descriptor 3 (both may be empty), asks until how.deadline, whatever deadline the task has, and
/// then prunes.
void work_in_background(const Gathering& how, std::vector<std::string>& warnings);

}  // namespace badclients::ask
