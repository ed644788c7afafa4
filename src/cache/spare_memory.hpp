#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "cache/servers.hpp"

/// What stands in for the table of servers where cache.db cannot be used: 128 KiB of System V
/// shared memory (shmget(2)), which all processes of a user have together until the machine is
/// started anew. So a state folder that is broken neither costs logins what the registries know,
/// nor lets each login ask them for itself, which would get a site banned within minutes.
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

  /// As Servers::permit; `limits` are those of the server.
  std::optional<Refusal> permit(const ServerName& server, const config::Limits& limits,
                                const Servers::Clock& clock, std::chrono::milliseconds reach,
                                std::chrono::milliseconds patience);
  /// As Servers::close; the reason is not kept.
  void close(const ServerName& server, facts::Time until, const Servers::Clock& clock);

  /// Takes both away for everybody.
  static void remove(key_t key);

 private:
  struct Entry;
  SpareMemory(Entry* entries, int semaphore) : entries_(entries), semaphore_(semaphore) {}

  Entry* entries_ = nullptr;
  int semaphore_ = -1;
};

}  // namespace badclients::cache
