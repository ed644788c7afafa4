#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/key.hpp"
#include "cache/redis/redis.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"

/// Facts in a shared cache. An answer is put under the same networks as in the local cache
/// (cache/stores.hpp), and serves the same addresses. Failures are not shared: another host may be
/// able to reach the server.
namespace badclients::cache {

/// Is called with an entry that makes no sense.
using Complain = std::function<void(std::string_view key, std::string_view what)>;

/// What a shared cache may know about an address.
class SharedFacts {
 public:
  /// Also looks for the origin, if another wanted fact depends on it and `origin` is nothing; for
  /// AS descriptions only if `origin` is known.
  SharedFacts(const net::Address& address, const facts::Wanted& wanted,
              const std::optional<facts::Origin>& origin, const config::Config::Cache& settings)
      : SharedFacts(address, wanted, origin, settings, false) {}
  /// Origin and registration that other blocks of the same allocation got; provisional ones.
  static SharedFacts of_allocation(const net::Address& address, const facts::Wanted& wanted,
                                   const config::Config::Cache& settings) {
    return {address, wanted, {}, settings, true};
  }

  /// False: there is nothing to look for.
  [[nodiscard]] bool any() const { return !keys_.empty(); }
  /// The command that looks for all of it.
  [[nodiscard]] RedisCommand command() const;

  /// The fresh facts in the reply, with a source that names the shared cache. An entry that makes
  /// no sense counts as absent.
  [[nodiscard]] facts::Facts read(const RedisReply& reply, facts::Time now,
                                  const Complain& complain) const;

 private:
  SharedFacts(const net::Address& address, const facts::Wanted& wanted,
              const std::optional<facts::Origin>& origin, const config::Config::Cache& settings,
              bool of_allocation);
  template <class Store>
  facts::Facts look_up(Store& store) const;

  net::Address address_;
  facts::Wanted wanted_;
  bool of_allocation_;
  std::chrono::seconds longest_;
  Blocks blocks_;
  facts::Facts known_;  ///< the origin, where it was given
  std::vector<std::string> keys_;
};

/// The commands that put the known facts about `address` in, each for as long as it lives.
std::vector<RedisCommand> share(const net::Address& address, const facts::Facts& facts,
                                const config::Config::Cache& settings, facts::Time now);

}  // namespace badclients::cache
