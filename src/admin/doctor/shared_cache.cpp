#include "admin/doctor/shared_cache.hpp"

#include <fmt/format.h>

#include <functional>

#include "cache/redis/shared_cache.hpp"
#include "network/transport/dns.hpp"

namespace badclients::admin::doctor {

namespace {

/// Each command that a script of ours calls (cache/redis, budget/redis), on a key of ours.
constexpr const char* try_all =
    "redis.call('time') redis.call('get',KEYS[1]) redis.call('pttl',KEYS[1]) "
    "redis.call('set',KEYS[1],'x','px',1000) redis.call('pexpire',KEYS[1],1000) "
    "redis.call('del',KEYS[1]) redis.call('zadd',KEYS[1],1,'x') "
    "redis.call('zcount',KEYS[1],0,1) redis.call('zrangebyscore',KEYS[1],0,1) "
    "redis.call('zremrangebyscore',KEYS[1],0,1) redis.call('del',KEYS[1]) return 0";

}  // namespace

Outcome shared_cache(const Host& host) {
  using namespace std::chrono_literals;
  if (host.config.cache.shared.empty()) return {};
  constexpr auto patience = 2s;
  std::string fault;
  const network::Resolver resolver(network::nameservers(host.config.dns));
  cache::SharedCache cache(host.config.cache.shared, patience,
                           std::bind_front(&network::Resolver::addresses, &resolver),
                           [&](const std::string& text) { fault = text; });
  cache.connect_early();
  const auto key = fmt::format("{}doctor:{}", cache::shared_prefix, cache::random_token());
  const auto begin = std::chrono::steady_clock::now();
  cache.converse({{"SET", key, "x", "EX", "1"}, {"MGET", key}, {"EVAL", try_all, "1", key}},
                 begin + 2 * patience);
  Outcome outcome;
  if (!fault.empty()) {
    outcome.fail("cache/shared: " + fault,
                 "see to its address, its password, and what its user may do there");
    return outcome;
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (took > host.config.cache.shared_patience) {
    outcome.warn(fmt::format("the shared cache takes {} ms, and logins wait {} ms for it",
                             took.count(), host.config.cache.shared_patience.count()),
                 "have a nearer one, or raise cache/shared_patience");
  }
  outcome.good = "the shared cache lets us in and do all that we do there";
  return outcome;
}

}  // namespace badclients::admin::doctor
