#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/deadline.hpp"
#include "cache/redis/redis.hpp"
#include "cache/redis/shared_cache.hpp"

namespace badclients::cache {

/// If several hosts have the same question, the one with the lease asks it; the others wait, and
/// find its answer in the shared cache. (ask/single_flight comes first, and does the same for the
/// processes of one host.)
///
/// A lease is a key that expires soon and is renewed as long as this object lives, with a value
/// that nobody else knows. If its holder dies, it expires; a former holder cannot delete another's.
class Lease {
 public:
  /// A lease that is not renewed expires after half of the time until `deadline`; a host that waits
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
  /// Call it when the lease is ours: renews it from now on; the destructor gives it up.
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
