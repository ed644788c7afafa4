#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/stamp.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"
#include "registry/store.hpp"

namespace badclients::registry {

/// How old data may be.
struct Age {
  facts::Time now;
  std::chrono::seconds most;  ///< registry/max_age
};

/// registry.db as it is at the moment: opened when it is first asked for, and anew once another has
/// taken its place. Costs a stat(2) where it has not.
class LocalData {
 public:
  /// Null where there is none. Error: path and reason.
  tl::expected<Store*, std::string> current(const std::string& state_path);

  /// The number of what current() gave last: with another number, another file. 0: none.
  [[nodiscard]] std::uint64_t number() const { return store_ ? opens_ : 0; }
  /// Whether current() would give what had this number: one stat(2). False where that is in doubt.
  [[nodiscard]] bool still_gives(std::uint64_t number, const std::string& state_path) const;
  /// Until when fill() says the same from `age.now` on, as long as current() gives this. No end
  /// where there is none.
  [[nodiscard]] facts::Time until(const Age& age) const;

 private:
  base::Seen seen_;
  std::optional<Store> store_;
  std::uint64_t opens_ = 0;
};

/// What a look-up leaves to say.
struct Filled {
  std::vector<std::string> outdated;  ///< files that would have served but are older than Age::most
};

/// Fills in the wanted facts about `address` (the one that counts: Address::carried) that are not
/// asked for yet and that registry data has in full:
/// - the origin where the address is announced and it is known to whom it is delegated;
/// - the descriptions of the origin ASes (facts::described_asns), also where another source named
///   these;
/// - the registration where the registry publishes it.
/// They are known, Provenance::local; `source` is the publisher's file, `learnt` when that was
/// made. What registry data does not have stays as it is: unknown here is never "absent".
/// Error: registry.db is damaged or cannot be read; `into` then holds what could be had.
tl::expected<Filled, std::string> fill(Store& store, const net::Address& address,
                                       const facts::Wanted& wanted, const Age& age,
                                       facts::Facts& into);

}  // namespace badclients::registry
