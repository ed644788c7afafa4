#include "cache/redis/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_life{500}, longest_life{15'000};

/// Both do nothing if the lease is no longer ours.
constexpr auto give_up =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0";
constexpr auto prolong =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) end "
    "return 0";

}  // namespace

Lease::Lease(SharedCache& cache, std::string_view question, base::Deadline deadline)
    : cache_(cache),
      key_(fmt::format("{}turn:{}", shared_prefix, question)),
      token_(random_token()),
      life_(std::clamp(std::chrono::duration_cast<milliseconds>(
                           (deadline - std::chrono::steady_clock::now()) / 2),
                       shortest_life, longest_life)),
      deadline_(deadline) {}

RedisCommand Lease::take() const {
  return {"SET", key_, token_, "NX", "PX", std::to_string(life_.count())};
}

void Lease::keep() {
  ours_ = true;
  try {
    keeper_ = std::jthread([this](const std::stop_token& end) { renew(end); });
  } catch (const std::system_error&) {
    // Without a thread it lasts for half of our time.
  }
}

Lease::~Lease() {
  if (!ours_) return;
  keeper_ = {};  // stopped and joined
  // If that fails, it ends by itself. It gets a moment even after the deadline.
  const auto until = std::max(deadline_, std::chrono::steady_clock::now() + milliseconds{10});
  (void)cache_.converse({{"EVAL", give_up, "1", key_, token_}}, until);
}

void Lease::renew(const std::stop_token& end) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ended_.wait_for(lock, end, life_ / 3, [] { return false; });
    if (end.stop_requested()) return;
    const auto life = std::to_string(life_.count());
    if (!cache_.converse({{"EVAL", prolong, "1", key_, token_, life}}, deadline_)) return;
  }
}

}  // namespace badclients::cache
