#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::cache {

/// What a process that lives long read last about some addresses. Many logins come from few
/// addresses: a phone opens several connections at once, a webmail server one for each click.
class Recent {
 public:
  /// What is kept, at most; with one more all is forgotten.
  static constexpr std::size_t most_addresses = 64;

  /// `version`: of the database (PRAGMA data_version, https://sqlite.org/pragma.html). With another
  /// one than before all is forgotten.
  void begin(std::int64_t version);
  void forget() { version_.reset(); }

  /// What was read for just this, where it would be read again; null: it is not known.
  [[nodiscard]] const facts::Facts* find(const net::Address& address, const facts::Wanted& wanted,
                                         std::int64_t now) const;

  /// What was read `now`, and would be until `until`. Seconds since 1970.
  void keep(const net::Address& address, const facts::Wanted& wanted, const facts::Facts& facts,
            std::int64_t now, std::int64_t until);

 private:
  struct Found {
    facts::Wanted wanted;
    facts::Facts facts;
    std::int64_t from, until;
  };
  std::optional<std::int64_t> version_;
  std::map<net::Address, Found> found_;
};

}  // namespace badclients::cache
