#pragma once

#include <string>
#include <vector>

#include "budget/missed.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "net/address.hpp"

/// What is said about logins that were decided without facts that could not be had.
namespace badclients::login {

/// What a login missed; `facts`: those it was decided on; `not_compared`: lists that were not
/// compared.
budget::Missed missed(const facts::Facts& facts, std::vector<std::string> not_compared);

/// Whether any fact has failed; with `now` remembered failures do not count.
bool any_failed(const facts::Facts& facts, bool now);

/// One warning about all logins in `sums`. The last one came from `address` and had `facts`.
std::string warning_of(const budget::MissedSums& sums, facts::Time now,
                       const config::Config& config, const net::Address& address,
                       const facts::Facts& facts);

}  // namespace badclients::login
