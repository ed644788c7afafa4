#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/deadline.hpp"
#include "cache/redis/redis.hpp"
#include "cache/redis/shared_cache.hpp"

namespace badclients::cache {

/// Of the hosts that have the same question for the network, the one with the lease asks it; the
/// others wait, and find its answer in the shared cache. (ask/single_flight does the same for the
/// processes of one host, before.)
///
/// A lease is a key with a value that nobody else knows, and a short life, which is renewed for as
/// long as this object lives. If its holder dies, it ends by itself; a former holder cannot take
/// away another's.
class Lease {
 public:
  /// A lease that nobody renews lasts for half of the time until `deadline`, so that whoever waits
  /// for it has the other half.
  Lease(SharedCache& cache, std::string_view question, base::Deadline deadline);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// The command that takes it.
  [[nodiscard]] RedisCommand take() const;
  /// Whether the reply says that the lease is ours.
  [[nodiscard]] static bool is_taken(const RedisReply& reply) {
    return reply.kind == RedisReply::Kind::status;
  }
  /// It is ours: renews it from now on, and gives it up in the end.
  void keep();

 private:
  void renew(const std::stop_token& end);

  SharedCache& cache_;
  std::string key_, token_;
  std::chrono::milliseconds life_;
  base::Deadline deadline_;
  bool ours_ = false;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread keeper_;  // last, so that it has ended before the rest goes
};

}  // namespace badclients::cache
