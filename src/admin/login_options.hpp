#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/options.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/wanted.hpp"
#include "verdict/decider.hpp"

/// What `check` and `clients test` have in common: a login that the command line describes.
namespace badclients::admin {

/// Adds --user, --master, --service, --client-id and --offline.
void add_login(CommandLine& line);

/// The login that they describe, from `address`. Error: exit_usage, after a complaint.
tl::expected<facts::Login, int> read_login(const Call& call, const std::string& address);

/// The facts that a login at `begin` would have: nobody is asked with --offline, and all anew with
/// --refresh.
facts::Facts gather(const Call& call, const facts::Login& login, const facts::Wanted& wanted,
                    const verdict::Decider& decider, std::chrono::steady_clock::time_point begin,
                    std::vector<std::string>& warnings);

}  // namespace badclients::admin
