#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/doctor/host.hpp"

namespace badclients::admin::doctor {

/// Runs the checks in a process of its own that has become that user, with its groups, for good.
/// Error: the user cannot be become, or the checks do not come to their end (two minutes).
tl::expected<std::vector<Finding>, std::string> run_as(const std::string& user,
                                                       std::span<const Check> checks,
                                                       const Host& host);

}  // namespace badclients::admin::doctor
