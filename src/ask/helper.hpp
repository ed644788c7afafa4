#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "budget/servers.hpp"
#include "cache/key.hpp"
#include "facts/facts.hpp"

namespace badclients::ask {

/// How long a login waits, where that is less than the deadline.
struct LoginWait {
  base::Deadline until;  ///< at first
  /// Hears after each answer what was answered so far, and says until when the others are worth
  /// waiting for; base::not_at_all: they are given up.
  std::function<base::Deadline(const facts::Facts& answered)> until_now;
};

/// Runs `program` (badclients-lookup) for one request and fills in what it answers. The helper gets
/// the request on standard input, three descriptors, an empty environment; it is killed at the
/// deadline, and what it printed by then counts. What it says of facts that nobody asked for does
/// not count, except the origin and its descriptions, which come along with a registration.
///
/// Every wanted fact that did not come and was not known before is failed, with the reason;
/// Provenance::local where nobody was asked at all (no helper to run, no time left) or the helper
/// was killed by somebody, so that such a failure is not remembered. Warnings: the helper is
/// missing, died, complained on standard error, printed what is no answer; the servers' memory
/// cannot be used. Throws nothing except std::bad_alloc. Returns the reason of failures that a
/// warning names; empty where none does.
///
/// The helper gets permits to ask registries from `servers`, and tells it what those say; null: it
/// is limited by nobody. What is announced as more than one of `blocks` is an allocation
/// (budget::Purpose).
///
/// The helper is killed before the deadline where `login` says so: what is missing then has failed
/// with Cause::patience. What is given up has not failed: it is as before. For a login, sources
/// that are known to be silent are waited for no longer than budget::patience_with_silent.
std::string ask_helper(const std::string& program, const std::string& config_path,
                       const Request& request, facts::Time now, facts::Facts& into,
                       std::vector<std::string>& warnings, budget::Servers* servers = nullptr,
                       const cache::Blocks& blocks = {},
                       const std::optional<LoginWait>& login = {});

/// Every fact that the request wants and that is not known is failed with this reason,
/// Provenance::local; of the AS descriptions those of the request's origin.
void let_fail(const Request& request, const std::string& reason, facts::Time now,
              facts::Facts& into);
/// The same for what is not waited for: as if it had been asked for, and no answer had come by now.
void leave_unanswered(const Request& request, const std::string& reason, facts::Time now,
                      facts::Facts& into);

}  // namespace badclients::ask
