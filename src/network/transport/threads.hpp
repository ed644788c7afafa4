#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace badclients::network {

/// Questions that run at the same time. A question may start further ones. What a question throws
/// ends the program.
class Threads {
 public:
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { join(); }

  /// Where the system has no thread left to give, the question runs before start() returns.
  void start(std::function<void()> question);

  /// Waits until all have ended, those too that are started meanwhile by one of them.
  void join();

 private:
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
};

/// Makes threads cheap in address space from here on: Dovecot's auth process has 256 MiB of it
/// (RLIMIT_AS), where the usual 8 MiB of stack and 128 MiB of heap for each thread do not go far.
/// Called once, before the first thread.
void make_threads_small();

}  // namespace badclients::network
