#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "cache/key.hpp"
#include "cache/rows.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

/// Looking at all that cache.db holds, for people.
namespace badclients::cache {

/// A row, and what its key says.
struct Entry {
  Kind kind = Kind::origin;
  Outcome outcome = Outcome::known;
  std::optional<net::Network> network;  ///< nothing: it is about an AS
  std::uint32_t asn = 0;
  std::string zone;  ///< of a DNSBL
  Row row;

  [[nodiscard]] facts::Time learnt() const { return facts::Time(std::chrono::seconds(row.learnt)); }
};

enum class Age : std::uint8_t {
  fresh,
  stale,    ///< serves, and is asked for anew
  expired,  ///< serves nobody
};

/// What an entry is for a login at this moment.
struct Standing {
  Age age = Age::expired;
  facts::Time fresh_until;
};
Standing standing_of(const Entry& entry, const config::Config::Cache& settings, facts::Time now);

/// What a key is about. Nothing: it is no key of ours.
std::optional<Entry> entry_of(std::string_view key);

/// Calls `visit` with every entry, in the order of the keys. Reads a thousand in a transaction, and
/// visits them outside, so that a slow `visit` holds up nobody. Error: as Cache::open, or the
/// database was damaged and is empty now.
tl::expected<void, std::string> each_entry(const std::string& state_path,
                                           const std::function<void(const Entry&)>& visit);

/// When the cache was pruned last; nothing: never. Error: as each_entry().
tl::expected<std::optional<facts::Time>, std::string> pruned_last(const std::string& state_path);

}  // namespace badclients::cache
