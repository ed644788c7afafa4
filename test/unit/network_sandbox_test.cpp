// What can be done inside the helper's sandbox, and what cannot, tried by a process that is in it.

#include "network/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "base/process.hpp"
#include "catch.hpp"
#include "loopback.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they do not fit in

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;

namespace {

/// The children inherit the address space that the tests before have taken. Each thread's own heap
/// takes 128 MiB, so there is only one heap: as in the helper itself (make_threads_small).
[[maybe_unused]] const int one_heap = mallopt(M_ARENA_MAX, 1);

/// What is tried, by name. 0, or the errno of its failure.
using Attempts = std::map<std::string, std::function<long()>>;
using Results = std::map<std::string, int>;

/// A child process that tries things and then waits, so that it can be looked at.
class Child {
 public:
  /// `begin`: before the first attempt; its error is what went wrong.
  Child(const std::function<tl::expected<void, std::string>()>& begin, const Attempts& attempts) {
    std::array<int, 2> out{}, wait{};
    REQUIRE(pipe(out.data()) == 0);
    REQUIRE(pipe(wait.data()) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(wait[0], 0);
      dup2(out[1], 1);
      close(wait[1]);
      run(begin, attempts);
    }
    close(out[1]);
    close(wait[0]);
    go_on_ = wait[1];
    std::string text;
    for (char c = 0; read(out[0], &c, 1) == 1 && c != '\0';) text += c;
    close(out[0]);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto at = line.find('=');
      results[line.substr(0, at)] = std::stoi(line.substr(at + 1));
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    close(go_on_);
    waitpid(pid_, nullptr, 0);
  }

  /// What follows "KEY:" in /proc/PID/status.
  [[nodiscard]] std::string status(const std::string& key) const {
    const auto text = read_whole_file("/proc/" + std::to_string(pid_) + "/status");
    const auto line = text.find("\n" + key + ":\t");
    REQUIRE(line != std::string::npos);
    const auto begin = line + key.size() + 3;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  Results results;

 private:
  [[noreturn]] static void run(const std::function<tl::expected<void, std::string>()>& begin,
                               const Attempts& attempts) {
    std::string report;
    if (!begin()) _exit(1);
    for (const auto& [name, attempt] : attempts) {
      errno = 0;
      const int error = attempt() < 0 ? errno : 0;
      report += name + "=" + std::to_string(error) + "\n";
    }
    report += '\0';
    (void)!write(1, report.data(), report.size());
    char c = 0;
    (void)!read(0, &c, 1);
    _exit(0);
  }

  pid_t pid_ = -1;
  int go_on_ = -1;
};

tl::expected<void, std::string> outside() {
  return {};
}

base::Deadline later() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

auto inside(std::vector<int> descriptors = {}) {
  return [descriptors] { return enter({later(), descriptors}); };
}

/// A process of our own, made by `call`; it ends at once.
long child_by(const std::function<long()>& call) {
  const auto pid = call();
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return pid;
}

/// Descriptors are not closed again: the process that tries does not live long.
long new_socket(int family, int type, int protocol = 0) {
  return socket(family, type, protocol);
}

long bound(int type) {
  const auto descriptor = new_socket(AF_INET, type);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bind(static_cast<int>(descriptor), reinterpret_cast<const sockaddr*>(&any), sizeof any);
}

long mapped(std::size_t size, int protection) {
  void* const memory = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? -1 : 0;
}

}  // namespace

TEST_CASE("inside the sandbox no file can be opened, made, listed or asked about") {
  const TempFolder folder;
  const auto file = folder.write("file", "secret");
  const auto fresh = folder / "fresh";
  const int kept_folder = open(folder.path().c_str(), O_PATH | O_DIRECTORY);
  const Attempts attempts{
      {"read", [&] { return open(file.c_str(), O_RDONLY); }},
      {"write", [&] { return open(file.c_str(), O_WRONLY); }},
      {"make", [&] { return open(fresh.c_str(), O_WRONLY | O_CREAT, 0600); }},
      {"folder", [&] { return open(folder.path().c_str(), O_RDONLY | O_DIRECTORY); }},
      {"folder as path", [&] { return open(folder.path().c_str(), O_PATH); }},
      {"beneath", [&] { return openat(kept_folder, "file", O_RDONLY); }},
      {"stat",
       [&] {
         struct stat status {};
         return stat(file.c_str(), &status);
       }},
      {"access", [&] { return access(file.c_str(), R_OK); }},
      {"rename", [&] { return rename(file.c_str(), file.c_str()); }},
      {"link", [&] { return link(file.c_str(), (fresh + "2").c_str()); }},
      {"mkdir", [&] { return mkdir((fresh + "3").c_str(), 0700); }},
      {"chdir", [&] { return chdir("/"); }},
      {"truncate", [&] { return truncate(file.c_str(), 6); }},
      {"memory file", [] { return memfd_create("x", 0); }}};
  for (const auto& [name, error] : Child(outside, attempts).results) {
    INFO(name);
    CHECK(error == 0);
  }
  const Child child(inside({kept_folder}), attempts);
  CHECK(child.results.size() == attempts.size());
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK((error == EACCES || error == EPERM));
  }
  CHECK(read_whole_file(file) == "secret");
  close(kept_folder);
}

TEST_CASE("inside the sandbox no process can be made, replaced, signalled or read") {
  const auto parent = getpid();
  const Attempts attempts{
      {"fork", [] { return child_by([] { return long{fork()}; }); }},
      {"clone",
       [] {
         return child_by([] { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); });
       }},
      {"vfork",
       [] {
         const auto pid = vfork();
         if (pid == 0) _exit(0);
         if (pid > 0) waitpid(pid, nullptr, 0);
         return long{pid};
       }},
      {"kill", [=] { return kill(parent, 0); }},
      {"tgkill", [=] { return syscall(SYS_tgkill, parent, parent, 0); }},
      {"pidfd", [=] { return syscall(SYS_pidfd_open, parent, 0); }},
      {"new session", [] { return setsid(); }},
      {"limit", [] {
         const rlimit none{0, 0};
         return setrlimit(RLIMIT_CORE, &none);
       }}};
  for (const auto& [name, error] : Child(outside, attempts).results) {
    INFO(name);
    CHECK((error == 0 || (error == ENOSYS && name == "pidfd")));
  }
  const Child child(inside(), attempts);
  CHECK(child.results.size() == attempts.size());
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error == EPERM);
  }
}

TEST_CASE("inside the sandbox no program can be run, and other doors of the kernel are shut") {
  const Child child(
      inside(), {{"exec", [] { return execl("/bin/true", "true", nullptr); }},
                 {"exec of what is not there", [] { return execl("/nowhere", "true", nullptr); }},
                 {"read another's memory",
                  [] { return process_vm_readv(getppid(), nullptr, 0, nullptr, 0, 0); }},
                 {"be traced", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
                 {"namespace", [] { return unshare(CLONE_NEWUSER); }},
                 {"open by handle", [] { return syscall(SYS_open_by_handle_at, 0, nullptr, 0); }},
                 {"mount", [] { return syscall(SYS_mount, "x", "/", "tmpfs", 0, nullptr); }},
                 {"io_uring", [] { return syscall(SYS_io_uring_setup, 0, nullptr); }},
                 {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
                 {"dumpable again", [] { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }},
                 {"keystrokes", [] { return ioctl(0, TIOCSTI, "x"); }},
                 {"signals to others", [] { return fcntl(0, F_SETOWN, getppid()); }}});
  CHECK(child.results.size() == 12);
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error == EPERM);
  }
}

TEST_CASE("inside the sandbox no port can be bound, and sockets are TCP and UDP alone") {
  const Attempts attempts{
      {"bind TCP", [] { return bound(SOCK_STREAM); }},
      {"bind UDP", [] { return bound(SOCK_DGRAM); }},
      {"listen", [] { return listen(static_cast<int>(new_socket(AF_INET, SOCK_STREAM)), 1); }},
      {"unix", [] { return new_socket(AF_UNIX, SOCK_STREAM); }},
      {"netlink", [] { return new_socket(AF_NETLINK, SOCK_RAW); }}};
  for (const auto& [name, error] : Child(outside, attempts).results) {
    INFO(name);
    CHECK(error == 0);
  }
  auto more = attempts;
  more["packet"] = [] { return new_socket(AF_PACKET, SOCK_RAW); };
  more["raw"] = [] { return new_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); };
  more["accept"] = [] { return accept(0, nullptr, nullptr); };
  const Child child(inside(), more);
  CHECK(child.results.size() == more.size());
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error == EPERM);
  }
}

TEST_CASE("inside the sandbox no local socket can be written to by its path") {
  // As /dev/log and a service's notification socket are.
  const TempFolder folder;
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  (folder / "log").copy(path.sun_path, sizeof path.sun_path - 1);
  const int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const auto* const there = reinterpret_cast<const sockaddr*>(&path);
  REQUIRE(bind(log, there, sizeof path) == 0);

  const auto pair = [](int type) {
    std::array<int, 2> ends{-1, -1};
    return socketpair(AF_UNIX, type, 0, ends.data()) == 0 ? ends[0] : -1;
  };
  const auto write_to_path = [&](int descriptor) -> long {
    if (descriptor < 0) return -1;
    return sendto(descriptor, "x", 1, 0, there, sizeof path);
  };
  const auto message_to_path = [&](int descriptor) -> long {
    if (descriptor < 0) return -1;
    char byte = 'x';
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_name = &path;
    message.msg_namelen = sizeof path;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    return sendmsg(descriptor, &message, 0);
  };
  const Attempts attempts{
      {"datagram pair", [&] { return write_to_path(pair(SOCK_DGRAM)); }},
      {"datagram pair, flags", [&] { return write_to_path(pair(SOCK_DGRAM | SOCK_CLOEXEC)); }},
      {"datagram pair, message", [&] { return message_to_path(pair(SOCK_DGRAM)); }},
      {"sequenced pair", [&] { return pair(SOCK_SEQPACKET); }}};
  for (const auto& [name, error] : Child(outside, attempts).results) {
    INFO(name);
    CHECK(error == 0);
  }
  char heard = 0;
  for (int i = 0; i < 3; ++i) CHECK(recv(log, &heard, 1, 0) == 1);

  auto more = attempts;
  more["stream pair"] = [&] { return write_to_path(pair(SOCK_STREAM)); };
  more["stream pair, message"] = [&] { return message_to_path(pair(SOCK_STREAM)); };
  more["stream pair, connected"] = [&]() -> long {
    return connect(pair(SOCK_STREAM), there, sizeof path);
  };
  more["UDP"] = [&] { return write_to_path(static_cast<int>(new_socket(AF_INET, SOCK_DGRAM))); };
  const Child child(inside(), more);
  CHECK(child.results.size() == more.size());
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error != 0);
  }
  CHECK((recv(log, &heard, 1, 0) == -1 && errno == EAGAIN));
  close(log);
}

TEST_CASE("inside the sandbox libraries can wake themselves up, in the ways that they have") {
  const auto pair = [](int type) {
    std::array<int, 2> ends{};
    return socketpair(AF_UNIX, type, 0, ends.data());
  };
  const auto flagged_pipe = [](int flags) {
    std::array<int, 2> ends{};
    return pipe2(ends.data(), flags);
  };
  const auto option = [](int type, int level, int name) -> long {
    const int on = 1;
    return setsockopt(static_cast<int>(new_socket(AF_INET, type)), level, name, &on, sizeof on);
  };
  const Attempts attempts{
      {"pair", [&] { return pair(SOCK_STREAM); }},
      {"pair, closed on exec", [&] { return pair(SOCK_STREAM | SOCK_CLOEXEC); }},
      {"pair, not blocking", [&] { return pair(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK); }},
      {"pipe", [&] { return flagged_pipe(O_CLOEXEC | O_NONBLOCK); }},
      {"no delay", [&] { return option(SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY); }},
      {"keep alive", [&] { return option(SOCK_STREAM, SOL_SOCKET, SO_KEEPALIVE); }}};
  for (const auto& [name, error] : Child(inside(), attempts).results) {
    INFO(name);
    CHECK(error == 0);
  }
}

TEST_CASE("inside the sandbox a socket can only ask: no group joined, no filter, no port kept") {
  const auto option = [](int level, int name, const auto& value) {
    return [=]() -> long {
      return setsockopt(static_cast<int>(new_socket(AF_INET, SOCK_DGRAM)), level, name, &value,
                        sizeof value);
    };
  };
  ip_mreqn group{};
  group.imr_multiaddr.s_addr = htonl(0xe0000001);
  group.imr_address.s_addr = htonl(INADDR_LOOPBACK);
  sock_filter accept_all{BPF_RET | BPF_K, 0, 0, 0xffffffff};
  const sock_fprog program{1, &accept_all};
  const int on = 1;
  const Attempts attempts{{"group", option(IPPROTO_IP, IP_ADD_MEMBERSHIP, group)},
                          {"filter", option(SOL_SOCKET, SO_ATTACH_FILTER, program)},
                          {"port", option(SOL_SOCKET, SO_REUSEPORT, on)},
                          {"broadcast", option(SOL_SOCKET, SO_BROADCAST, on)},
                          {"packets of a pipe", [] {
                             std::array<int, 2> ends{};
                             return pipe2(ends.data(), O_DIRECT);
                           }}};
  for (const auto& [name, error] : Child(outside, attempts).results) {
    INFO(name);
    CHECK(error == 0);
  }
  const Child child(inside(), attempts);
  CHECK(child.results.size() == attempts.size());
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error == EPERM);
  }
}

TEST_CASE("inside the sandbox memory is bounded, and none can be made executable") {
  constexpr std::size_t much = std::size_t{300} * 1024 * 1024;
  constexpr int readable = PROT_READ | PROT_WRITE;
  const Attempts attempts{{"much", [] { return mapped(much, readable); }},
                          {"a little", [] { return mapped(4096, readable); }},
                          {"executable", [] { return mapped(4096, readable | PROT_EXEC); }},
                          {"made executable", [] {
                             void* const page =
                                 mmap(nullptr, 4096, readable, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                             return mprotect(page, 4096, PROT_READ | PROT_EXEC);
                           }}};
  CHECK(Child(outside, attempts).results ==
        Results{{"much", 0}, {"a little", 0}, {"executable", 0}, {"made executable", 0}});
  CHECK(Child(inside(), attempts).results ==
        Results{
            {"much", ENOMEM}, {"a little", 0}, {"executable", EPERM}, {"made executable", EPERM}});
}

TEST_CASE("inside the sandbox no descriptor is left but the three and those it needs") {
  const int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int before = open("/dev/null", O_RDONLY);
  const int far = fcntl(before, F_DUPFD, 500);
  REQUIRE(far >= 500);
  const auto flags = [](int descriptor) { return [=] { return fcntl(descriptor, F_GETFD); }; };
  const Attempts attempts{{"0", flags(0)},           {"1", flags(1)},     {"2", flags(2)},
                          {"before", flags(before)}, {"far", flags(far)}, {"kept", flags(kept)}};
  CHECK(Child(inside({kept}), attempts).results ==
        Results{{"0", 0}, {"1", 0}, {"2", 0}, {"before", EBADF}, {"far", EBADF}, {"kept", 0}});
  for (const int descriptor : {kept, before, far}) close(descriptor);
}

TEST_CASE(
    "a process in the sandbox has no privileges, and its limits are to be seen from outside") {
  const Child child(inside(), {});
  CHECK(child.status("NoNewPrivs") == "1");
  CHECK(child.status("Seccomp") == "2");
  for (const auto* kind : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    INFO(kind);
    CHECK(child.status(kind) == "0000000000000000");
  }
}

TEST_CASE("inside the sandbox the network can be asked, by threads, with the time and by chance") {
  const UdpServer udp([](const std::string& question) { return std::vector{question + "!"}; });
  const TcpServer tcp([](const base::Descriptor& connection) {
    (void)send_all(connection, read_line(connection) + "?", plenty());
  });
  const auto ask_udp = [&]() -> long {
    const auto socket = connect_udp(udp.server());
    std::array<char, 16> answer{};
    if (!socket || !send_all(*socket, "hello", plenty())) return -1;
    const auto size = receive_some(*socket, answer, plenty());
    return size && std::string_view(answer.data(), *size) == "hello!" ? 0 : -1;
  };
  const auto ask_tcp = [&]() -> long {
    const auto socket = connect_tcp(tcp.server(), plenty());
    std::array<char, 6> answer{};
    if (!socket || !send_all(*socket, "hello\n", plenty())) return -1;
    return receive_all(*socket, answer, plenty()) ? 0 : -1;
  };
  const auto in_thread = [&]() -> long {
    long result = -1;
    std::thread([&] { result = ask_udp(); }).join();
    return result;
  };
  int chance = 0;
  const Child child(inside(), {{"udp", ask_udp},
                               {"tcp", ask_tcp},
                               {"thread", in_thread},
                               {"chance", [&] { return getrandom(&chance, sizeof chance, 0); }},
                               {"v6", [] { return new_socket(AF_INET6, SOCK_STREAM); }},
                               {"time", [] {
                                  timespec time{0, 1};
                                  return syscall(SYS_nanosleep, &time, nullptr);
                                }}});
  CHECK(child.results.size() == 6);
  for (const auto& [name, error] : child.results) {
    INFO(name);
    CHECK(error == 0);
  }
}

TEST_CASE("a process in the sandbox that outlives its deadline ends by itself") {
  const auto pid = fork();
  if (pid == 0) {
    // Well past is one second later.
    if (!enter({std::chrono::steady_clock::now() - std::chrono::hours(1), {}})) _exit(1);
    for (;;) poll(nullptr, 0, -1);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGALRM);
}

namespace {

/// Makes this kernel one without seccomp filters, as far as this process goes.
bool take_seccomp_away() {
  auto* const filter = seccomp_init(SCMP_ACT_ALLOW);
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0) == 0 &&
         seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                          SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) == 0 &&
         seccomp_load(filter) == 0;
}

}  // namespace

TEST_CASE("badclients-lookup asks nothing where it cannot lock itself in") {
  const UdpServer silent([](const auto&) { return std::vector<std::string>(); });
  const TempFolder folder;
  const auto config_path =
      folder.write("badclients.conf", "[dns]\nnameserver = " + silent.server().str() + "\n");
  std::array<int, 2> complaints{};
  REQUIRE(pipe(complaints.data()) == 0);
  const auto pid = fork();
  if (pid == 0) {
    dup2(complaints[1], 2);
    if (!take_seccomp_away()) _exit(126);
    execl(LOOKUP_PROGRAM, "badclients-lookup", "--config", config_path.c_str(), "52.97.246.245",
          "ptr", nullptr);
    _exit(127);
  }
  close(complaints[1]);
  std::string text;
  for (char c = 0; read(complaints[0], &c, 1) == 1;) text += c;
  close(complaints[0]);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WEXITSTATUS(status) == 3);
  CHECK_THAT(text, ContainsSubstring("asks nothing, for it cannot lock itself in: seccomp: "));
}

TEST_CASE("badclients-lookup can print into a file") {
  const TempFolder folder;
  const auto config_path =
      folder.write("badclients.conf", "[lookup]\norigin = none\nregistration = none\n");
  const auto ran = base::run({"/bin/sh",
                              {"-c", "\"$0\" --config \"$1\" 52.97.246.245 origin as >\"$2\"",
                               LOOKUP_PROGRAM, config_path, folder / "out"},
                              "",
                              plenty(),
                              1024,
                              1024});
  REQUIRE(ran);
  CHECK(ran->code == 0);
  CHECK_THAT(read_whole_file(folder / "out"), ContainsSubstring("origin is none"));
}

#endif
