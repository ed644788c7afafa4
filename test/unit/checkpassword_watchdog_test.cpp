#include "checkpassword/watchdog.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

#include "catch.hpp"
#include "child_process.hpp"
#include "temp_folder.hpp"

using namespace badclients::checkpassword;
using namespace std::chrono_literals;

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
    Answer another;
    another.exec = {"/bin/true"};
    watchdog.set(std::chrono::steady_clock::now(), another, "too late\n");
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

TEST_CASE(
    "a file that is cut short while it is mapped ends the process with the answer laid ready") {
  const TempFolder folder;
  const auto path = folder.write("database", std::string(10'000, 'x'));
  const auto ended = in_child([&]() -> int {
    ::dup2(1, 2);
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    void* const mapped = ::mmap(nullptr, 10'000, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return 99;
    Answer answer;
    answer.exit_code = 3;
    answer.reply = "\t";
    Watchdog watchdog;
    watchdog.set(std::chrono::steady_clock::now() + 1h, answer, "on_error decides\n");
    watchdog.explain_cut("cut short\n");
    if (::ftruncate(file, 0) != 0) return 98;
    return *static_cast<const volatile char*>(mapped);
  });
  CHECK(ended.exit_code == 3);
  CHECK(ended.reply == "\t");
  CHECK(ended.out == "cut short\non_error decides\n");
}
