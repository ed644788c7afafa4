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

/// Which addresses an answer about a network (origin, registration) serves: the one that it was
/// asked for; all within its range, if that lies within the block of `ipv4_network` /
/// `ipv6_network` bits around that address; and provisionally the rest of the block
/// (placement.hpp). Of several answers the narrowest serves. Reverse names and DNSBL answers belong
/// to one address, AS descriptions to one AS.
///
/// How long an answer is fresh: registrations, origins and AS descriptions for `ttl`, or for less
/// if the fact says so (another host may have learnt it a while ago); reverse names and DNSBL
/// answers as long as DNS said, but a minute at least and `ttl` at most; failures as long as the
/// fact says, or for `negative_ttl` if it says nothing (it expires when it was learnt).
class Cache {
 public:
  /// Opens `state_path`/cache.db, or makes it if there is none. If it can be read but not written,
  /// its entries serve, and store() fails. Error: a sentence with path and reason (no folder, no
  /// permission, ...); the login goes on without a cache. `patience`: how long a read waits for
  /// processes that hold the database locked.
  static tl::expected<Cache, std::string> open(const std::string& state_path,
                                               const config::Config::Cache& settings,
                                               std::chrono::milliseconds patience);
  /// For the next login of a process that keeps the cache: whether open() would give the same file
  /// now. If so, this serves as if opened anew. Costs one stat().
  bool reopen(const std::string& state_path, const config::Config::Cache& settings,
              std::chrono::milliseconds patience);
  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  ~Cache();

  /// Fills in the wanted facts about `address` (the one that counts: Address::carried) that are
  /// remembered and still not_asked. Also fills in the origin if an AS description is wanted, or a
  /// registration that is not fresh here: both depend on it.
  /// - A fresh answer is Provenance::cache; an expired one, for the time `stale`,
  ///   Provenance::stale_cache.
  /// - A fresh failure is failed, Provenance::cache. If there is a stale answer as well, it serves,
  ///   and its `expires` is the failure's: until when not to ask again.
  /// - So a fact has to be asked for if it is not_asked, or if `expires` is not after `now`.
  /// Only point look-ups. Error: the database was damaged, and is empty now; others held it locked;
  /// or an entry makes no sense. `into` then has what could be read.
  tl::expected<void, std::string> read(const net::Address& address, const facts::Wanted& wanted,
                                       facts::Facts& into, facts::Time now);

  /// The number of what the last read() gave. 0: it was an error, its facts were not empty before,
  /// or the cache was never reopened.
  [[nodiscard]] std::uint64_t number() const;
  /// Whether read() would give empty facts again what had this number. False if in doubt.
  bool still_gives(std::uint64_t number, const net::Address& address, const facts::Wanted& wanted,
                   facts::Time now);

  /// Fills in Facts::provisional, where wanted and empty, from answers that other blocks of the
  /// same allocation got. For an address whose own answer cannot be had. Error: as read().
  tl::expected<void, std::string> read_allocation(const net::Address& address,
                                                  const facts::Wanted& wanted, facts::Facts& into,
                                                  facts::Time now);

  /// Remembers every fact that was asked for now (Provenance::asked), failures included. Waits for
  /// other writers, but not longer than `patience`. Error: nothing was stored.
  tl::expected<void, std::string> store(const net::Address& address, const facts::Facts& facts,
                                        std::chrono::milliseconds patience);

 private:
  struct State;
  explicit Cache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace badclients::cache
