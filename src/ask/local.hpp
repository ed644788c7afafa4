#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"
#include "registry/local_facts.hpp"

/// Registry data, as far as `local` is one of the sources.
namespace badclients::ask {

/// What is wanted about an address' network: what registry data can tell.
facts::Wanted about_network(const facts::Wanted& wanted);

/// The part of `wanted` that there is a source over the network for.
facts::Wanted askable(facts::Wanted wanted, const config::Config& config);

/// Fills in those of the wanted facts that are not_asked and that registry data has. Warnings: it
/// cannot be read; it is too old. That there is none is not one.
void fill_locally(const net::Address& address, const facts::Wanted& wanted,
                  const config::Config& config, facts::Time now, registry::LocalData& data,
                  facts::Facts& into, std::vector<std::string>& warnings);

/// The facts that registry data has told.
facts::Wanted told_locally(const facts::Facts& facts);

}  // namespace badclients::ask
