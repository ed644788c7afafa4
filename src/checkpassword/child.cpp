#include "checkpassword/child.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace badclients::checkpassword {

namespace {

using Clock = std::chrono::steady_clock;

sigset_t only_sigchld() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// Sleeps until a child ends, or until `when`.
void sleep_until(Clock::time_point when) {
  const auto left =
      std::max(std::chrono::nanoseconds(when - Clock::now()), std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec time{seconds.count(), (left - seconds).count()};
  const auto set = only_sigchld();
  ::sigtimedwait(&set, nullptr, &time);
}

}  // namespace

Child::Child(const std::function<int()>& work) {
  // Were it ignored, the child's status would be lost; blocked, it can be waited for.
  std::signal(SIGCHLD, SIG_DFL);
  const auto set = only_sigchld();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::_exit(work());
}

Child::~Child() {
  if (!started() || status_) return;
  ::kill(pid_, SIGKILL);
  wait_until(Clock::now() + std::chrono::milliseconds(100));
}

std::optional<int> Child::wait_until(Clock::time_point when) {
  while (!status_) {
    int status = 0;
    const auto ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      status_ = status;
    } else if ((ended < 0 && errno != EINTR) || Clock::now() >= when) {
      break;
    } else {
      sleep_until(when);
    }
  }
  return status_;
}

}  // namespace badclients::checkpassword
