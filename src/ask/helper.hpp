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

/// How long a login waits, if that is less than the deadline.
struct LoginWait {
  base::Deadline until;  ///< at first
  /// Is called after each answer with the answers so far, and says until when to wait for the
  /// others; base::not_at_all: they are given up.
  std::function<base::Deadline(const facts::Facts& answered)> until_now;
};

/// Runs `program` (badclients-lookup) for one request and fills in what it answers. The helper gets
/// the request on standard input, three descriptors, an empty environment. It is killed at the
/// deadline; what it printed by then counts. Answers that nobody asked for do not count, except the
/// origin and its descriptions, which come with a registration.
///
/// Every wanted fact that did not come and was not known before has failed, with the reason. If
/// nobody was asked at all (no helper to run, no time left), or somebody killed the helper, the
/// failure has Provenance::local and is not remembered. Warnings: the helper is missing, died,
/// complained on standard error, or printed what is no answer; `servers` cannot be used. Throws
/// only std::bad_alloc. Returns the reason of the failures if a warning names it already; else
/// empty.
///
/// The helper gets permits to ask registries from `servers`, and reports what the registries say;
/// null: nobody limits it. A network that is wider than one of `blocks` is an allocation
/// (budget::Purpose).
///
/// The helper is killed before the deadline if `login` says so: facts that are missing then have
/// failed with Cause::patience. Facts that are given up have not failed, and stay as they were. For
/// a login the helper waits for sources that are known to be silent no longer than
/// budget::patience_with_silent.
std::string ask_helper(const std::string& program, const std::string& config_path,
                       const Request& request, facts::Time now, facts::Facts& into,
                       std::vector<std::string>& warnings, budget::Servers* servers = nullptr,
                       const cache::Blocks& blocks = {},
                       const std::optional<LoginWait>& login = {});

/// Lets every fact fail that the request wants and that is not known, with this reason and
/// Provenance::local; of AS descriptions those of the request's origin.
void let_fail(const Request& request, const std::string& reason, facts::Time now,
              facts::Facts& into);
/// The same for facts that are not waited for: as if they had been asked for, and the source were
/// silent.
void leave_unanswered(const Request& request, const std::string& reason, facts::Time now,
                      facts::Facts& into);

}  // namespace badclients::ask
