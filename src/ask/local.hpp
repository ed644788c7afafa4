#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"
#include "registry/local_facts.hpp"

/// Registry data, if `local` is one of the sources.
namespace badclients::ask {

/// The part of `wanted` that is about the address' network: what registry data can tell.
facts::Wanted about_network(const facts::Wanted& wanted);

/// The part of `wanted` that there is a source over the network for.
facts::Wanted askable(facts::Wanted wanted, const config::Config& config);

/// Fills in the wanted facts that are not_asked and that registry data has. Warnings: registry data
/// cannot be read, or is too old. Missing data is no warning.
void fill_locally(const net::Address& address, const facts::Wanted& wanted,
                  const config::Config& config, facts::Time now, registry::LocalData& data,
                  facts::Facts& into, std::vector<std::string>& warnings);

/// The facts that registry data has told.
facts::Wanted told_locally(const facts::Facts& facts);

}  // namespace badclients::ask
