#include "base/detach.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace badclients::base {

namespace {

/// False: there are too few descriptors.
bool keep_only(std::initializer_list<int> kept) {
  const int null = ::open("/dev/null", O_RDWR);
  // Out of the way first, so that none is overwritten before it is copied.
  std::vector<int> copies;
  for (const int descriptor : kept) {
    copies.push_back(::fcntl(descriptor < 0 ? null : descriptor, F_DUPFD, 10));
  }
  int number = 0;
  for (const int copy : copies) {
    if (copy < 0 || ::dup2(copy, number++) < 0) return false;
  }
  ::closefrom(number);
  return true;
}

}  // namespace

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

tl::expected<void, int> detach(std::initializer_list<int> kept, const std::function<void()>& work) {
  const auto child = ::fork();
  if (child < 0) return tl::unexpected(errno);
  if (child == 0) {
    ::setsid();
    if (!keep_only(kept)) ::_exit(1);
    // Forks twice, so that init reaps the second, and not the program that we may exec.
    const auto grandchild = ::fork();
    if (grandchild != 0) ::_exit(grandchild < 0 ? 1 : 0);
    reset_signals();
    work();
    ::_exit(1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {};  // SIGCHLD is ignored: it has been waited for
  }
  if (status != 0) return tl::unexpected(EAGAIN);
  return {};
}

}  // namespace badclients::base
