#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::cache {

/// What Cache::read fills in, by point look-ups in `database`; the caller has begun a transaction.
/// What was wrong with the first entry that made no sense; empty: none. Throws SQLite::Exception.
std::string read_all(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now);

/// What Cache::read_allocation fills in.
void read_allocation(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now);

}  // namespace badclients::cache
