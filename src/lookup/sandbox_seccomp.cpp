#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "lookup/sandbox_fences.hpp"
#include "lookup/socket.hpp"

namespace badclients::lookup {

namespace {

// Names that an architecture does not have cost nothing there: libseccomp leaves them out.
constexpr int always_allowed[] = {
    // Talking over what is open, and waiting for it.
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(select), SCMP_SYS(_newselect),
    SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(connect), SCMP_SYS(send),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(shutdown),
    // By these libcurl wakes itself up; nobody else is at the other end.
    SCMP_SYS(socketpair), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    // Memory; executable only what is so already.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // Threads, and their end.
    SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    // Time, chance, and what anybody may know.
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
    SCMP_SYS(clock_getres_time64), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getuid32), SCMP_SYS(geteuid32), SCMP_SYS(getgid32),
    SCMP_SYS(getegid32), SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit)};

/// The rules on top of a first failure: what fails makes all that follows do nothing.
class Filter {
 public:
  // What is not named fails as on a system where it is not permitted.
  Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (!filter_) error_ = ENOMEM;
  }

  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    add(SCMP_ACT_ALLOW, call, conditions...);
  }
  void fail(int call, std::uint16_t error) { add(SCMP_ACT_ERRNO(error), call); }

  /// 0, or an errno value.
  [[nodiscard]] int load() {
    if (error_ == 0) note(seccomp_load(filter_.get()));
    return error_;
  }

 private:
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };

  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    if (error_ != 0) return;
    note(seccomp_rule_add(filter_.get(), action, call, sizeof...(conditions), conditions...));
  }
  void note(int result) {
    if (result < 0) error_ = -result;
  }

  std::unique_ptr<void, Release> filter_;
  int error_ = 0;
};

/// TCP and UDP over IPv4 and IPv6. (On i386, where an older C library puts all calls of sockets
/// into one, their arguments cannot be seen; which of them are allowed can.)
void allow_sockets(Filter& filter) {
  constexpr scmp_datum_t type_bits = 0xf;  // above are SOCK_NONBLOCK and SOCK_CLOEXEC
  constexpr std::pair<scmp_datum_t, scmp_datum_t> kinds[] = {
      {SOCK_STREAM, 0}, {SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, 0}, {SOCK_DGRAM, IPPROTO_UDP}};
  for (const scmp_datum_t family : {AF_INET, AF_INET6}) {
    for (const auto& [type, protocol] : kinds) {
      filter.allow(SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, family),
                   SCMP_A1(SCMP_CMP_MASKED_EQ, type_bits, type), SCMP_A2(SCMP_CMP_EQ, protocol));
    }
  }
}

void allow_threads(Filter& filter) {
  constexpr scmp_datum_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
#if defined(__s390__)
  filter.allow(SCMP_SYS(clone), SCMP_A1(SCMP_CMP_MASKED_EQ, thread, thread));
#else
  filter.allow(SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
#endif
  // Its flags lie where no filter can look. The C library takes clone instead.
  filter.fail(SCMP_SYS(clone3), ENOSYS);
  // So that abort(3) ends as it should.
  filter.allow(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())));
}

void allow_memory(Filter& filter) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)}) {
    filter.allow(call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
}

void allow_descriptor_flags(Filter& filter) {
  for (const int call : {SCMP_SYS(fcntl), SCMP_SYS(fcntl64)}) {
    for (const scmp_datum_t what : {F_GETFD, F_SETFD, F_GETFL, F_SETFL}) {
      filter.allow(call, SCMP_A1(SCMP_CMP_EQ, what));
    }
  }
  filter.allow(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO));
}

/// Seeing the limits of this process, not setting any.
void allow_seeing_limits(Filter& filter) {
  filter.allow(SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
}

/// "No such permission" is what every library is prepared to hear of a file.
void refuse_files(Filter& filter) {
  for (const int call : {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat),
                         SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2)}) {
    filter.fail(call, EACCES);
  }
}

}  // namespace

tl::expected<void, std::string> raise_seccomp() {
  Filter filter;
  for (const int call : always_allowed) filter.allow(call);
  allow_sockets(filter);
  allow_threads(filter);
  allow_memory(filter);
  allow_descriptor_flags(filter);
  allow_seeing_limits(filter);
  refuse_files(filter);
  const int error = filter.load();
  if (error == 0) return {};
  return tl::unexpected(fmt::format("seccomp: {}", error_text(error)));
}

}  // namespace badclients::lookup
