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

/// After a login was decided on `facts`: starts such a process where a stale answer served, where
/// the login has asked for something and did not wait for it, or where it has learnt something and
/// the cache was not pruned for a while. The questions for that are taken here (SingleFlight) and
/// left to the process, so there is one for each address and block, and one that prunes, however
/// many logins come at once. `program`, badclients, is run with `--config how.config_path
/// --background`. Costs nothing where there is nothing to do. Never throws.
void leave_to_background(const net::Address& address, const facts::Wanted& wanted,
                         const facts::Facts& facts, const Gathering& how,
                         const std::string& program, std::vector<std::string>& warnings);

/// Its interface: the first so many descriptors.
inline constexpr int background_descriptors = 4;

/// That process: reads its task from descriptor 0 and has its questions on descriptor 3; both may
/// be empty. Asks until how.deadline, whatever deadline the task says, and then prunes.
void work_in_background(const Gathering& how, std::vector<std::string>& warnings);

}  // namespace badclients::ask
