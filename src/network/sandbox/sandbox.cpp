#include "network/sandbox/sandbox.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "network/sandbox/fences.hpp"

namespace badclients::network {

namespace {

constexpr rlim_t address_space = rlim_t{256} * 1024 * 1024;  // as much as Dovecot's auth has
constexpr rlim_t cpu_seconds = 10;
constexpr rlim_t most_descriptors = 1024;
/// Our parent kills us at the deadline; the alarm is for when the parent was killed.
constexpr std::chrono::seconds grace{1};

void close_range(unsigned first, unsigned last) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, last, 0U) == 0) return;
#endif
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t sane = 65536;  // before Linux 5.9 there is nothing better
  const auto most = static_cast<unsigned>(std::min(limit.rlim_cur, sane));
  for (auto number = first; number <= std::min(last, most); ++number) {
    close(static_cast<int>(number));
  }
}

void close_all_but(std::vector<int> descriptors) {
  std::sort(descriptors.begin(), descriptors.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int kept : descriptors) {
    const auto number = static_cast<unsigned>(kept);
    if (kept < 0 || number < first) continue;
    if (number > first) close_range(first, number - 1);
    first = number + 1;
  }
  close_range(first, ~0U);
}

/// Never more than there is already.
void limit(decltype(RLIMIT_AS) what, rlim_t most) {
  rlimit now{};
  if (getrlimit(what, &now) != 0) return;
  const rlimit lower{std::min(now.rlim_cur, most), std::min(now.rlim_max, most)};
  setrlimit(what, &lower);
}

bool is_regular_file(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

void set_limits() {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_NOFILE, most_descriptors);
  if (!is_regular_file(STDOUT_FILENO) && !is_regular_file(STDERR_FILENO)) limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_AS, address_space);
}

void set_alarm(base::Deadline end) {
  const auto left = std::max<std::chrono::microseconds>(
      std::chrono::duration_cast<std::chrono::microseconds>(end - base::Deadline::clock::now()),
      {});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  itimerval timer{};
  timer.it_value.tv_sec = (seconds + grace).count();
  timer.it_value.tv_usec = (left - seconds).count();
  setitimer(ITIMER_REAL, &timer, nullptr);
}

/// Only root has any; taking them away always succeeds.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  syscall(SYS_capset, &header, none.data());
}

}  // namespace

tl::expected<void, std::string> enter(const Sandbox& sandbox) {
  close_all_but(sandbox.descriptors);
  set_alarm(sandbox.end);
  set_limits();
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  drop_capabilities();
  raise_landlock();
  return raise_seccomp();
}

}  // namespace badclients::network
