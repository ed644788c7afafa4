#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "net/network.hpp"

namespace badclients::ask {

/// How many logins of a host wait for the network at once, at most. Dovecot's auth process has 100
/// connections to its policy server, queues further requests, and lets a user in if no answer comes
/// in time: logins that wait must not hold up those whose answer is known.
inline constexpr unsigned most_waiting = 64;
/// How many of them may be of one user, or from one block: neither fills all places.
inline constexpr unsigned most_waiting_of_one = 8;

/// A place among the logins that wait, held as long as this object lives.
///
/// A place is three locked bytes of `state_path`/waiting.lock, which is empty and stays so: one of
/// the host's, one of the user's, one of the block's. They are open file descriptions' locks
/// (fcntl(2), F_OFD_SETLK), which the kernel gives up when the process ends, however it ends.
///
/// Users and blocks find their bytes by 58 bits of a hash. That two of a thousand waiting users
/// share a count has a chance of one in 10^11; the cost is an answer without waiting. To force it,
/// somebody needs a name that has the hash and that can log in.
class WaitingPlace {
 public:
  /// Never waits. Error: why there is no place: all are taken, or they cannot be counted (no
  /// folder, no permission, no locks).
  static tl::expected<WaitingPlace, std::string> take(const std::string& state_path,
                                                      std::string_view user,
                                                      const net::Network& block);

 private:
  explicit WaitingPlace(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  base::Descriptor descriptor_;
};

}  // namespace badclients::ask
