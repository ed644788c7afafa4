#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

#include "net/socket.hpp"
#include "network/sandbox/fences.hpp"

namespace badclients::network {

namespace {

// Names that an architecture does not have cost nothing there: libseccomp leaves them out.
constexpr int always_allowed[] = {
    // Talking over what is open, and waiting for it.
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(select), SCMP_SYS(_newselect),
    SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(connect), SCMP_SYS(send),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(shutdown),
    SCMP_SYS(eventfd2), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
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

// libseccomp's macros for these are C99, which clang warns of.
scmp_arg_cmp is(unsigned argument, scmp_datum_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp has_bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// After the first failure all further calls do nothing, and load() returns it.
class Filter {
 public:
  // System calls that are not named fail with EPERM.
  Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (!filter_) error_ = ENOMEM;
  }

  /// With arguments as in all of `conditions`.
  void allow(int call, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    add(SCMP_ACT_ALLOW, call, conditions);
  }
  void fail(int call, std::uint16_t error) { add(SCMP_ACT_ERRNO(error), call, {}); }

  /// 0, or an errno value.
  [[nodiscard]] int load() {
    if (error_ == 0) note(seccomp_load(filter_.get()));
    return error_;
  }

 private:
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };

  void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
    if (error_ != 0) return;
    note(seccomp_rule_add_array(filter_.get(), action, call,
                                static_cast<unsigned>(conditions.size()), conditions.begin()));
  }
  void note(int result) {
    if (result < 0) error_ = -result;
  }

  std::unique_ptr<void, Release> filter_;
  int error_ = 0;
};

constexpr scmp_datum_t type_bits = 0xf;  // above are SOCK_NONBLOCK and SOCK_CLOEXEC

/// TCP and UDP over IPv4 and IPv6. (On i386, where an older C library puts all calls of sockets
/// into one, their arguments cannot be seen; which of them are allowed can.)
void allow_sockets(Filter& filter) {
  constexpr std::pair<scmp_datum_t, scmp_datum_t> kinds[] = {
      {SOCK_STREAM, 0}, {SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, 0}, {SOCK_DGRAM, IPPROTO_UDP}};
  for (const scmp_datum_t family : {AF_INET, AF_INET6}) {
    for (const auto& [type, protocol] : kinds) {
      filter.allow(SCMP_SYS(socket),
                   {is(0, family), has_bits(1, type_bits, type), is(2, protocol)});
    }
  }
}

/// What libraries set on a connection. Nothing that makes a socket hear more than its answers
/// (groups, shared ports) or brings a program into the kernel (SO_ATTACH_FILTER).
void allow_socket_options(Filter& filter) {
  constexpr std::pair<int, int> options[] = {
      {SOL_SOCKET, SO_KEEPALIVE},     {SOL_SOCKET, SO_RCVTIMEO},    {SOL_SOCKET, SO_SNDTIMEO},
      {SOL_SOCKET, SO_RCVBUF},        {SOL_SOCKET, SO_SNDBUF},      {IPPROTO_TCP, TCP_NODELAY},
      {IPPROTO_TCP, TCP_KEEPIDLE},    {IPPROTO_TCP, TCP_KEEPINTVL}, {IPPROTO_TCP, TCP_KEEPCNT},
      {IPPROTO_TCP, TCP_USER_TIMEOUT}};
  for (const auto& [level, name] : options) {
    filter.allow(SCMP_SYS(setsockopt),
                 {is(1, static_cast<scmp_datum_t>(level)), is(2, static_cast<scmp_datum_t>(name))});
  }
}

/// By these libcurl wakes itself up; nobody else is at the other end. A pair of datagram sockets
/// could send to any local socket by its path: to /dev/log, to a service's notification socket.
void allow_waking_up(Filter& filter) {
  filter.allow(SCMP_SYS(socketpair),
               {is(0, AF_UNIX), has_bits(1, type_bits, SOCK_STREAM), is(2, 0)});
  constexpr scmp_datum_t flags = O_CLOEXEC | O_NONBLOCK;
  filter.allow(SCMP_SYS(pipe2), {has_bits(1, ~flags, 0)});
}

void allow_threads(Filter& filter) {
  constexpr scmp_datum_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
#if defined(__s390__)
  filter.allow(SCMP_SYS(clone), {has_bits(1, thread, thread)});
#else
  filter.allow(SCMP_SYS(clone), {has_bits(0, thread, thread)});
#endif
  // Its flags lie where no filter can look. The C library takes clone instead.
  filter.fail(SCMP_SYS(clone3), ENOSYS);
  // So that abort(3) ends as it should.
  filter.allow(SCMP_SYS(tgkill), {is(0, static_cast<scmp_datum_t>(getpid()))});
}

void allow_memory(Filter& filter) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)}) {
    filter.allow(call, {has_bits(2, PROT_EXEC, 0)});
  }
}

void allow_descriptor_flags(Filter& filter) {
  for (const int call : {SCMP_SYS(fcntl), SCMP_SYS(fcntl64)}) {
    for (const scmp_datum_t what : {F_GETFD, F_SETFD, F_GETFL, F_SETFL}) {
      filter.allow(call, {is(1, what)});
    }
  }
  filter.allow(SCMP_SYS(ioctl), {is(1, FIONBIO)});
}

/// Seeing the limits of this process, not setting any.
void allow_seeing_limits(Filter& filter) {
  filter.allow(SCMP_SYS(prlimit64), {is(0, 0), is(2, 0)});
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
  allow_socket_options(filter);
  allow_waking_up(filter);
  allow_threads(filter);
  allow_memory(filter);
  allow_descriptor_flags(filter);
  allow_seeing_limits(filter);
  refuse_files(filter);
  const int error = filter.load();
  if (error == 0) return {};
  return tl::unexpected(fmt::format("seccomp: {}", net::error_text(error)));
}

}  // namespace badclients::network
