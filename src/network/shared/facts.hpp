#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ask/wire/protocol.hpp"
#include "cache/key.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "network/shared/redis.hpp"

/// Facts in a shared cache. An answer lies under the same networks as in the local one
/// (cache/stores.hpp), and serves the same addresses. Only answers are shared, no failures: the
/// network of one host is not that of another.
namespace badclients::network {

/// Is told of an entry that makes no sense.
using Complain = std::function<void(std::string_view key, std::string_view what)>;

/// What a shared cache may know of a request.
class SharedFacts {
 public:
  /// The origin is looked for, too, where another wanted fact depends on it and the request does
  /// not name it; the descriptions of its ASes where the request names it.
  SharedFacts(const ask::Request& request, const config::Config::Cache& settings)
      : SharedFacts(request, settings, false) {}
  /// Origin and registration that other blocks of the same allocation got; provisional ones.
  static SharedFacts of_allocation(const ask::Request& request,
                                   const config::Config::Cache& settings) {
    return {request, settings, true};
  }

  /// False: there is nothing to look for.
  [[nodiscard]] bool any() const { return !keys_.empty(); }
  /// To be sent.
  [[nodiscard]] RedisCommand command() const;

  /// The fresh ones in its reply, with a source that names the shared cache. An entry that makes no
  /// sense counts as absent.
  [[nodiscard]] facts::Facts read(const RedisReply& reply, facts::Time now,
                                  const Complain& complain) const;

 private:
  SharedFacts(const ask::Request& request, const config::Config::Cache& settings,
              bool of_allocation);
  template <class Store>
  facts::Facts look_up(Store& store) const;

  net::Address address_;
  facts::Wanted wanted_;
  bool of_allocation_;
  std::chrono::seconds longest_;
  cache::Blocks blocks_;
  facts::Facts known_;  ///< the origin that the request names
  std::vector<std::string> keys_;
};

/// The commands that put the known facts about `address` in, each for as long as it lives.
std::vector<RedisCommand> share(const net::Address& address, const facts::Facts& facts,
                                const config::Config::Cache& settings, facts::Time now);

}  // namespace badclients::network
