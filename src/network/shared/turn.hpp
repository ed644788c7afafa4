#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/deadline.hpp"
#include "network/shared/line.hpp"
#include "network/shared/redis.hpp"

namespace badclients::network {

/// Of the hosts that have the same question for the network, one has the turn to ask it; the others
/// wait, and find its answer in the shared cache. (Of the processes of one host, likewise, one has
/// the turn: that is their business, and comes before.)
///
/// A turn is a key with a value that nobody else knows, and a short life, which is renewed for as
/// long as this object lives. Who dies, loses it by itself; who has lost it cannot take away
/// another's.
class SharedTurn {
 public:
  /// A turn that nobody renews lasts for half of the time until `deadline`, so that who waits for
  /// it has the other half.
  SharedTurn(SharedLine& line, std::string_view question, base::Deadline deadline);
  ~SharedTurn();
  SharedTurn(const SharedTurn&) = delete;
  SharedTurn& operator=(const SharedTurn&) = delete;

  /// To be sent.
  [[nodiscard]] RedisCommand take() const;
  /// Whether its reply says that the turn is ours.
  [[nodiscard]] static bool is_taken(const RedisReply& reply) {
    return reply.kind == RedisReply::Kind::status;
  }
  /// It is: it is kept up from now on, and given up in the end.
  void keep();

 private:
  void renew(const std::stop_token& end);

  SharedLine& line_;
  std::string key_, token_;
  std::chrono::milliseconds life_;
  base::Deadline deadline_;
  bool ours_ = false;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread keeper_;  // last, so that it has ended before the rest goes
};

}  // namespace badclients::network
