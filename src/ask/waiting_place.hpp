#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "net/network.hpp"

namespace badclients::ask {

/// How many logins of a host wait for the network at once, at most. Dovecot's auth process has 100
/// connections to its policy server, queues what is more, and lets a user in where no answer comes
/// in time: those who wait must not hold up those whose answer is known.
inline constexpr unsigned most_waiting = 64;
/// Of those how many of one user, and how many from one block: neither fills the places alone.
inline constexpr unsigned most_waiting_of_one = 8;

/// A place among those who wait, from the moment that it is taken to the end of this object.
///
/// Who has one has locks on three bytes of `state_path`/waiting.lock, which is empty and stays so:
/// one of the host's, one of its user's, one of its block's. They are open file descriptions' locks
/// (fcntl(2), F_OFD_SETLK), which the kernel gives up when the process ends, however it ends.
///
/// Users and blocks find their bytes by 58 bits of a hash: that two of a thousand users who wait
/// share a count has a chance of one in 10^11, and then the cost is an answer without waiting.
/// Somebody who makes it so on purpose needs a name that both has the hash and logs in.
class WaitingPlace {
 public:
  /// Never waits. Error: why there is no place: they are taken, or cannot be counted (no folder, no
  /// permission, no locks).
  static tl::expected<WaitingPlace, std::string> take(const std::string& state_path,
                                                      std::string_view user,
                                                      const net::Network& block);

 private:
  explicit WaitingPlace(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  base::Descriptor descriptor_;
};

}  // namespace badclients::ask
