#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>

namespace badclients::checkpassword {

/// A part of the work in a process of its own, so that whatever holds it up or kills it leaves this
/// process alive. It shares the descriptors that are open, blocks no signal, and is killed when
/// this process ends.
///
/// While a child may run, SIGCHLD is blocked in this process: make one object at a time, and only
/// where a single thread runs.
class Child {
 public:
  /// Starts `work` in the child, whose exit code is what it returns. Check started().
  explicit Child(const std::function<int()>& work);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills it, and waits for its end 100 ms at most: a child that the kernel does not let go of (a
  /// file system that hangs) is left to init.
  ~Child();

  /// False: no process was to be had, errno says why.
  [[nodiscard]] bool started() const { return pid_ > 0; }
  /// Its wait status once it has ended; nothing: it has not by then.
  std::optional<int> wait_until(std::chrono::steady_clock::time_point when);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace badclients::checkpassword
