#pragma once

#include <string>
#include <vector>

#include "budget/missed.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "net/address.hpp"

/// What is said of logins that were decided without facts that could not be had.
namespace badclients::login {

/// What a login missed that was decided on `facts`; `not_compared`: lists that were not compared.
budget::Missed missed(const facts::Facts& facts, std::vector<std::string> not_compared);

/// Whether any fact has failed; `now`: not counting failures that are only remembered.
bool any_failed(const facts::Facts& facts, bool now);

/// One warning about all of them, the last of which came from `address`.
std::string warning_of(const budget::MissedSums& sums, facts::Time now,
                       const config::Config& config, const net::Address& address,
                       const facts::Facts& facts);

}  // namespace badclients::login
