#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// What was learnt, and until when: SQLite, any number of processes at once.
namespace badclients::cache {

/// An answer about a network (origin, registration) serves the address that it was asked for; those
/// within its range, where that lies within the block of `ipv4_network` / `ipv6_network` bits
/// around the address; and provisionally the rest of that block (placement.hpp). The narrowest one
/// that holds an address serves it. Reverse names and DNSBL answers belong to one address, AS
/// descriptions to one AS.
///
/// Registrations, origins and AS descriptions live for `ttl`, or for less where the fact says so
/// (another host may have learnt it a while ago); reverse names and DNSBL answers as long as DNS
/// said, but a minute at least and `ttl` at most; failures as long as the fact says, or for
/// `negative_ttl` where it says nothing (it expires when it was learnt).
class Cache {
 public:
  /// Opens `state_path`/cache.db, and makes it where it does not exist. Where it cannot be written
  /// but read, what is in it serves, and store fails. Error: a sentence with path and reason (no
  /// folder, no permission, ...); the login goes on without.
  /// `patience`: how long a read waits for those who hold it locked before it is given up.
  static tl::expected<Cache, std::string> open(const std::string& state_path,
                                               const config::Config::Cache& settings,
                                               std::chrono::milliseconds patience);
  /// For the next login of a process that keeps it: whether open() would give the same file now. If
  /// so, it serves as if that had been called. One stat().
  bool reopen(const std::string& state_path, const config::Config::Cache& settings,
              std::chrono::milliseconds patience);
  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  ~Cache();

  /// Fills in the wanted facts about `address` (the one that counts: Address::carried) that are
  /// remembered and not asked for yet; the origin also where only a description or a registration
  /// is wanted that depends on it and is not remembered.
  /// - A fresh answer is Provenance::cache; an expired one, for the time `stale`,
  ///   Provenance::stale_cache.
  /// - A fresh failure is failed, Provenance::cache. If there is a stale answer as well, it serves,
  ///   and its `expires` is the failure's: until when not to ask again.
  /// - So a fact needs asking when it is not_asked, or `expires` is not after `now`.
  /// Point look-ups only. Error: the database was damaged, and is empty now; others held it locked;
  /// or an entry makes no sense. `into` then holds what could be read.
  tl::expected<void, std::string> read(const net::Address& address, const facts::Wanted& wanted,
                                       facts::Facts& into, facts::Time now);

  /// The number of what the last read() gave to facts that were empty; 0: it was an error, or they
  /// were not, or this was not reopened.
  [[nodiscard]] std::uint64_t number() const;
  /// Whether read() would give what had this number, to facts that are empty. False where that is
  /// in doubt.
  bool still_gives(std::uint64_t number, const net::Address& address, const facts::Wanted& wanted,
                   facts::Time now);

  /// Fills in Facts::provisional, as far as it is wanted and empty, by answers that other blocks of
  /// the same allocation got: for an address whose own answer cannot be had. Error: as read.
  tl::expected<void, std::string> read_allocation(const net::Address& address,
                                                  const facts::Wanted& wanted, facts::Facts& into,
                                                  facts::Time now);

  /// Remembers every fact that was asked for now (Provenance::asked), failures included. Where
  /// others write at the moment, waits for them, but not longer than `patience`. Error: nothing was
  /// stored.
  tl::expected<void, std::string> store(const net::Address& address, const facts::Facts& facts,
                                        std::chrono::milliseconds patience);

 private:
  struct State;
  explicit Cache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace badclients::cache
