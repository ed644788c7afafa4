#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "base/database.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::cache {

/// What a process that lives long has just read, for some addresses. Many logins come from few
/// addresses: a phone opens several connections at once, a webmail server one for each click.
class Recent {
 public:
  /// The most addresses that are kept; one more makes it forget all.
  static constexpr std::size_t most_addresses = 64;

  /// `version`: the database's. If it has changed, forgets all.
  void begin(const base::Database::Version& version);
  void forget() { version_.reset(); }

  /// What was read about an address.
  struct Found {
    facts::Wanted wanted;
    facts::Facts facts;
    std::int64_t from, until;  ///< seconds since 1970
    std::uint64_t number;      ///< no other in this process ever has it; not 0
  };

  /// What was read for exactly this, if it would be read again now; null: not known.
  [[nodiscard]] const Found* find(const net::Address& address, const facts::Wanted& wanted,
                                  std::int64_t now) const;

  /// Keeps what was read `now` and would be read again before `until`. Returns its number.
  std::uint64_t keep(const net::Address& address, const facts::Wanted& wanted,
                     const facts::Facts& facts, std::int64_t now, std::int64_t until);

 private:
  std::optional<base::Database::Version> version_;
  std::map<net::Address, Found> found_;
};

}  // namespace badclients::cache
