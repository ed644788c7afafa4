#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "net/address.hpp"

/// What was learnt, and until when: SQLite (WAL), any number of processes at once.
namespace badclients::cache {

/// An answer about a network (origin, registration) is stored for the part of that network that
/// lies in one block of `ipv4_network` / `ipv6_network` bits around the address, never for more: it
/// cannot be attributed to a sibling. Reverse names belong to one address, AS descriptions to one
/// AS.
class Cache {
 public:
  /// Opens `state_path`/cache.db, and makes it where it does not exist. Error: a sentence with path
  /// and reason (no folder, no permission, not a database, ...); the login goes on without.
  static tl::expected<Cache, std::string> open(const std::string& state_path,
                                               const config::Config::Cache& settings);
  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  ~Cache();

  /// Fills in every fact about `address` that is remembered and not asked for yet. An answer past
  /// its time but within `stale` is marked Provenance::stale_cache. Point look-ups only; never
  /// waits for a writer. Error: the database is damaged or busy; `into` then holds what was read
  /// before.
  tl::expected<void, std::string> read(const net::Address& address, facts::Facts& into,
                                       facts::Time now);

  /// Remembers every fact that was asked for now (Provenance::asked), failures included.
  tl::expected<void, std::string> store(const net::Address& address, const facts::Facts& facts,
                                        facts::Time now);

 private:
  struct Database;
  explicit Cache(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace badclients::cache
