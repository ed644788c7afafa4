#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ask/wire/protocol.hpp"
#include "cache/key.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "network/shared/redis.hpp"

/// Facts in a shared cache. An answer lies under the same networks as in the local one
/// (cache/placement), and serves the same addresses. Only answers are shared, no failures: the
/// network of one host is not that of another.
namespace badclients::network {

/// What a shared cache may know of a request.
class SharedFacts {
 public:
  /// The origin is looked for, too, where another wanted fact depends on it; the descriptions
  /// of its ASes where the request names the origin.
  SharedFacts(const ask::Request& request, const config::Config::Cache& settings);
  /// Origin and registration that other blocks of the same allocation got; provisional ones.
  static SharedFacts of_allocation(const ask::Request& request,
                                   const config::Config::Cache& settings);

  /// False: there is nothing to look for.
  [[nodiscard]] bool any() const { return !slots_.empty(); }
  /// To be sent.
  [[nodiscard]] RedisCommand command() const;

  /// What is in its reply and still in its time: known, with a source that names the shared cache.
  /// `complain` is told of each entry that makes no sense; it counts as absent.
  [[nodiscard]] facts::Facts read(
      const RedisReply& reply, facts::Time now,
      const std::function<void(std::string_view key, std::string_view what)>& complain) const;

 private:
  /// One key. Of several of a kind, the first that has an answer counts.
  struct Slot {
    cache::Kind kind;
    std::string key;
    std::optional<net::Network> network;  ///< of an answer that is about a network
    std::string zone;
    std::uint32_t asn = 0;
  };

  void add_networks(cache::Kind kind, const std::vector<net::Network>& networks);
  [[nodiscard]] tl::expected<void, std::string> read(const Slot& slot, std::string_view text,
                                                     facts::Time now, facts::Facts& into) const;

  net::Address address_;
  bool confirmed_ = false;
  std::chrono::seconds longest_;
  cache::Blocks blocks_;
  std::vector<Slot> slots_;
};

/// The commands that put the known facts about `address` in, each for as long as it holds.
std::vector<RedisCommand> share(const net::Address& address, const facts::Facts& facts,
                                const config::Config::Cache& settings, facts::Time now);

}  // namespace badclients::network
