#include "door/start.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace badclients::door {

namespace {

/// Call it for 0, 1, 2 ... in order: open() takes the lowest free number, which is then `number`.
bool open_or_reserved(int number) {
  if (::fcntl(number, F_GETFD) >= 0) return true;
  const int flags = number <= 2 ? O_RDWR : O_RDWR | O_CLOEXEC;
  if (::open("/dev/null", flags) != number) {
    throw std::system_error(errno, std::generic_category(), "/dev/null");
  }
  return false;
}

}  // namespace

Start harden(int count) {
  ::closefrom(count);
  Start start;
  for (int number = 0; number < count; ++number) {
    start.open[static_cast<std::size_t>(number)] = open_or_reserved(number);
  }
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  start.umask = ::umask(077);
  return start;
}

}  // namespace badclients::door
