#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "cache/account.hpp"

/// What stands in for cache.db where that cannot be used: 300 KiB of System V shared memory
/// (shmget(2)), which all processes of a user have together until the machine is started anew. So a
/// state folder that is broken neither costs logins what the registries know, nor lets each login
/// ask them for itself, which would get a site banned within minutes.
namespace badclients::cache {

class SpareMemory {
 public:
  /// The segment and the semaphore of this user's.
  static key_t key();

  /// Where there is none with that key, it is made. Error: it belongs to somebody else, is of
  /// another size, or the kernel has none to give.
  static tl::expected<SpareMemory, std::string> open(key_t key);
  SpareMemory(SpareMemory&& other) noexcept;
  SpareMemory& operator=(SpareMemory&& other) noexcept;
  ~SpareMemory();

  /// Lets `work` see and change the account of a server, with nobody else at it; `work` returns the
  /// time (ms since 1970), which it shall take then. Error: others were at it for longer than
  /// `patience`, or there is no room for what `work` wanted to be kept.
  tl::expected<void, std::string> use(const std::string& name, std::chrono::milliseconds patience,
                                      const std::function<std::int64_t(Account&)>& work);

  /// Takes both away for everybody.
  static void remove(key_t key);

 private:
  struct Slot;
  SpareMemory(Slot* slots, int semaphore) : slots_(slots), semaphore_(semaphore) {}

  Slot* slots_ = nullptr;
  int semaphore_ = -1;
};

}  // namespace badclients::cache
