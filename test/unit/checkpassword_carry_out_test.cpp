#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>

#include "catch.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/watchdog.hpp"
#include "temp_folder.hpp"

using namespace badclients::checkpassword;
using namespace std::chrono_literals;

namespace {

/// How a child process ended and what it wrote.
struct Ended {
  int exit_code = -1;  ///< -1: killed by a signal
  std::string out;     ///< standard output
  std::string reply;   ///< descriptor 4
};

std::string contents(int file) {
  std::string text;
  std::array<char, 4096> buffer;
  ::lseek(file, 0, SEEK_SET);
  while (true) {
    const auto count = ::read(file, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Runs `body` in a child process that has descriptors 0, 1, 2 and 4, and a dozen more; its result
/// is the exit code.
Ended in_child(const std::function<int()>& body) {
  const TempFolder folder;
  const auto open = [&](const char* name) {
    return ::open((folder / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  };
  const int out = open("out");
  const int reply = open("reply");
  const auto child = ::fork();
  if (child == 0) {
    const int kept_out = ::fcntl(out, F_DUPFD_CLOEXEC, 100);
    const int kept_reply = ::fcntl(reply, F_DUPFD_CLOEXEC, 100);
    ::dup2(kept_out, 1);
    ::dup2(kept_reply, 4);
    for (int extra = 5; extra < 17; ++extra) ::dup2(kept_out, extra);
    for (int number = 3; number < 200; number += number == 3 ? 14 : 1) ::close(number);
    ::_exit(body());
  }
  Ended ended;
  int status = 0;
  ::waitpid(child, &status, 0);
  ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.out = contents(out);
  ended.reply = contents(reply);
  ::close(out);
  ::close(reply);
  return ended;
}

Answer run(std::vector<std::string> program) {
  Answer answer;
  answer.exec = std::move(program);
  return answer;
}

Answer shell(const std::string& script) {
  return run({"sh", "-c", script});
}

int carried_out(const Answer& answer) {
  return carry_out(answer, {true, true, true, 027}).value_or(cannot_decide);
}

}  // namespace

TEST_CASE("a reply goes to descriptor 4, and the exit code to main") {
  Answer answer;
  answer.exit_code = 2;
  answer.reply = "nologin=y\treason=x\t";
  const auto ended = in_child([&] { return carried_out(answer); });
  CHECK(ended.exit_code == 2);
  CHECK(ended.reply == answer.reply);
}

TEST_CASE("a reply that nobody takes is an error, not a signal") {
  Answer answer;
  answer.reply = "\t";
  CHECK(in_child([&] {
          ::close(4);
          return carried_out(answer);
        }).exit_code == cannot_decide);
  CHECK(in_child([&] {
          std::signal(SIGPIPE, SIG_IGN);
          std::array<int, 2> ends{};
          if (::pipe(ends.data()) != 0) return 1;
          ::dup2(ends[1], 4);
          ::close(ends[0]);
          return carried_out(answer);
        }).exit_code == cannot_decide);
}

TEST_CASE("another program is found as a shell would, and gets its arguments untouched") {
  const auto ended = in_child([]() -> int {
    return carried_out(run({"sh", "-c", "printf '[%s]' \"$@\"; exit 7", "sh", "a b", "", "--x"}));
  });
  CHECK(ended.exit_code == 7);
  CHECK(ended.out == "[a b][][--x]");
}

TEST_CASE("another program inherits descriptors 0, 1, 2 and 4, and no other") {
  const auto ended = in_child([]() -> int { return carried_out(shell("ls /proc/$$/fd")); });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "0\n1\n2\n4\n");
}

TEST_CASE("another program starts with fresh signals and the umask of the caller") {
  const auto ended = in_child([]() -> int {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::umask(077);
    return carried_out(shell("umask; exec grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  });
  CHECK(ended.out == "0027\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("AUTHORIZED=2 tells another program of a credentials lookup") {
  const auto authorized = [](bool set) {
    return in_child([set] {
             ::setenv("AUTHORIZED", "1", 1);
             auto answer = shell("printf %s \"$AUTHORIZED\"");
             answer.set_authorized = set;
             return carried_out(answer);
           })
        .out;
  };
  CHECK(authorized(true) == "2");
  CHECK(authorized(false) == "1");
}

TEST_CASE("a program that cannot be run is an error that names it") {
  const auto ended = in_child([]() -> int {
    const auto result = carry_out(run({"/nonexistent/program"}), {});
    const auto text = result ? std::string("no error") : result.error();
    return ::write(1, text.data(), text.size()) > 0 ? 0 : 1;
  });
  CHECK(ended.out == "cannot run /nonexistent/program: No such file or directory");
}

TEST_CASE(
    "a closed standard descriptor and a closed reply are seen, and nothing takes their place") {
  const auto ended = in_child([]() -> int {
    ::close(0);
    ::close(2);
    ::close(4);
    const auto start = harden();
    struct stat null {};
    struct stat seen {};
    ::stat("/dev/null", &null);
    for (const int number : {0, 2, 3, 4}) {
      if (::fstat(number, &seen) != 0 || seen.st_rdev != null.st_rdev) return 10 + number;
    }
    if (start.credentials_open || start.reply_open || start.stderr_open) return 20;
    return carried_out(shell("ls /proc/$$/fd"));
  });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "0\n1\n2\n");
}

TEST_CASE("open descriptors stay as they are, and the process is not dumpable") {
  const auto ended = in_child([]() -> int {
    ::dup2(1, 3);
    const auto start = harden();
    if (!start.credentials_open || !start.reply_open || !start.stderr_open) return 1;
    if (::prctl(PR_GET_DUMPABLE) != 0) return 2;
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_max != 0) return 3;
    std::raise(SIGPIPE);
    return ::umask(0) == 077 ? 0 : 4;
  });
  CHECK(ended.exit_code == 0);
}

TEST_CASE("the watchdog ends a process that hangs, with the answer laid ready") {
  const auto ended = in_child([]() -> int {
    ::dup2(1, 2);
    Answer answer;
    answer.exit_code = 3;
    answer.reply = "\t";
    Watchdog watchdog;
    watchdog.set(std::chrono::steady_clock::now() + 10ms, answer, "too late\n");
    while (true) ::pause();
  });
  CHECK(ended.exit_code == 3);
  CHECK(ended.reply == "\t");
  CHECK(ended.out == "too late\n");
}

TEST_CASE("the watchdog also ends what is already late, what blocks SIGALRM, what never sleeps") {
  const auto ended = in_child([]() -> int {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    Watchdog watchdog;
    watchdog.set(std::chrono::steady_clock::now() - 1s, {}, "");
    volatile bool forever = true;
    while (forever) {
    }
    return 1;
  });
  CHECK(ended.exit_code == 0);
}

TEST_CASE("the watchdog gives up on another program, and on a log that takes nothing") {
  const auto ended = in_child([]() -> int {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK) != 0) return 1;
    while (::write(ends[1], "x", 1) == 1) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
    ::dup2(ends[1], 2);
    Watchdog watchdog;
    watchdog.set(std::chrono::steady_clock::now(), shell("exit 0"), "too late\n");
    while (true) ::pause();
  });
  CHECK(ended.exit_code == cannot_decide);
}

TEST_CASE("of two settings of the watchdog the later counts, and after stop none") {
  const auto ended = in_child([]() -> int {
    Answer first;
    first.exit_code = 1;
    Answer second;
    second.exit_code = 2;
    Watchdog watchdog;
    watchdog.set(std::chrono::steady_clock::now() + 1h, first, "");
    watchdog.set(std::chrono::steady_clock::now() + 5ms, second, "");
    while (true) ::pause();
  });
  CHECK(ended.exit_code == 2);

  const auto stopped = in_child([]() -> int {
    {
      Watchdog watchdog;
      watchdog.set(std::chrono::steady_clock::now() + 1h, {}, "");
      watchdog.stop();
    }
    itimerval left{};
    ::getitimer(ITIMER_REAL, &left);
    return left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0 ? 5 : 6;
  });
  CHECK(stopped.exit_code == 5);
}
