#include "door/supervise.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "child_process.hpp"
#include "temp_folder.hpp"

using namespace badclients::door;
using namespace std::chrono_literals;
using badclients::audit::Level;
using Clock = std::chrono::steady_clock;

namespace {

/// What supervising `work` comes to, in a process of its own, whose child it then is; `until`: the
/// progress's. Its output: what went wrong, and the exit code of the plan.
Ended supervised(const std::function<void(Progress&)>& work, Clock::time_point until) {
  return in_child([&]() -> int {
    Progress progress;
    progress.begin_step("working", until);
    const auto outcome = supervise(progress, {4, false}, [&] { work(progress); });
    const auto text = outcome.trouble + (outcome.broken ? "; broken" : "");
    if (::write(1, text.data(), text.size()) < 0) return 99;
    const auto plan = progress.plan();
    return plan ? plan->answer.code : 98;
  });
}

Plan plan_of(int exit_code) {
  Plan plan;
  plan.answer.code = exit_code;
  return plan;
}

}  // namespace

TEST_CASE("what is done apart and comes to its end is no trouble") {
  const auto ended =
      supervised([](Progress& progress) { progress.arm(plan_of(3)); }, Clock::now() + 1h);
  CHECK(ended.exit_code == 3);
  CHECK(ended.out.empty());
}

TEST_CASE("what hangs is ended when its time is up, with the last plan that it had") {
  const auto before = Clock::now();
  const auto ended = supervised(
      [](Progress& progress) {
        progress.arm(plan_of(3));
        progress.arm(plan_of(1));
        progress.begin_step("waiting", Clock::now() + 20ms);
        while (true) ::pause();
      },
      Clock::now() + 1h);
  CHECK(ended.exit_code == 1);
  CHECK(ended.out == "held up while waiting: does a file system hang?");
  CHECK(Clock::now() - before < 5s);
}

TEST_CASE("what was given more time on the way has it") {
  // Far enough away for the child to have begun by then on a busy machine.
  const auto at_first = Clock::now() + 1s;
  const auto ended = supervised(
      [&](Progress& progress) {
        progress.begin_step("going on", Clock::now() + 1h);
        std::this_thread::sleep_until(at_first + 50ms);
        progress.arm(plan_of(4));
      },
      at_first);
  CHECK(ended.exit_code == 4);
  CHECK(ended.out.empty());
}

TEST_CASE("what gets less time on the way is ended when that is over") {
  const auto before = Clock::now();
  const auto ended = supervised(
      [](Progress& progress) {
        progress.begin_step("resting", Clock::now() + 1h);
        std::this_thread::sleep_for(50ms);  // so that it is slept for that hour
        progress.arm(plan_of(3));
        progress.begin_step("waiting", Clock::now() + 20ms);
        while (true) ::pause();
      },
      Clock::now() + 1h);
  CHECK(ended.exit_code == 3);
  CHECK_THAT(ended.out, ContainsSubstring("held up while waiting"));
  CHECK(Clock::now() - before < 5s);
}

TEST_CASE("a SIGTERM goes to what is done apart, where that is wanted, and is no trouble") {
  const auto ended_by = [](bool handled) {
    return in_child([&]() -> int {
      Progress progress;
      progress.begin_step("working", Clock::now() + 1h);
      const auto watcher = ::getpid();
      const auto outcome = supervise(progress, {-1, true}, [&] {
        sigset_t terminate;
        sigemptyset(&terminate);
        sigaddset(&terminate, SIGTERM);
        if (handled) ::sigprocmask(SIG_BLOCK, &terminate, nullptr);
        ::kill(watcher, SIGTERM);
        int signal = 0;
        while (!handled) ::pause();
        ::sigwait(&terminate, &signal);
        progress.arm(plan_of(signal));
      });
      return !outcome.trouble.empty() ? 99 : progress.plan().value_or(plan_of(0)).answer.code;
    });
  };
  CHECK(ended_by(true).exit_code == SIGTERM);
  CHECK(ended_by(false).exit_code == 0);
}

TEST_CASE(
    "a login is owed an answer from when it came until its answer begins, and then the next") {
  Progress progress;
  CHECK_FALSE(progress.owes_answer());
  for (int i = 0; i < 2; ++i) {
    progress.login_came({"alice", "", "imap", "", "", ""}, Clock::now());
    CHECK(progress.owes_answer());
    CHECK_FALSE(progress.plan());  // that of the login before is not its
    CHECK(progress.told().service == "imap");
    progress.arm(plan_of(i));
    CHECK(progress.plan()->answer.code == i);
    CHECK_FALSE(progress.has_written_line());
    progress.line_written();
    progress.answer_begins();
    CHECK_FALSE(progress.owes_answer());
    CHECK(progress.has_written_line());
  }
}

TEST_CASE("what blocks every signal, never sleeps, or is stopped, is ended likewise") {
  const auto blocked = [] {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  volatile bool forever = true;
  for (const auto& hang : std::vector<std::function<void()>>{[&] {
                                                               blocked();
                                                               while (forever) {
                                                               }
                                                             },
                                                             [] { std::raise(SIGSTOP); }}) {
    const auto ended = supervised(
        [&](Progress& progress) {
          progress.arm(plan_of(2));
          hang();
        },
        Clock::now() + 300ms);
    CHECK(ended.exit_code == 2);
    CHECK_THAT(ended.out, ContainsSubstring("held up while working"));
  }
}

TEST_CASE("what dies, throws or ends with an error is an internal error that says so") {
  const auto said = [](const std::function<void()>& end) {
    const auto ended = supervised(
        [&](Progress& progress) {
          progress.arm(plan_of(2));
          end();
        },
        Clock::now() + 1h);
    CHECK(ended.exit_code == 2);
    return ended.out;
  };
  CHECK(said([] { std::raise(SIGKILL); }) ==
        "internal error: the process died of signal 9 (Killed) while working; broken");
  CHECK(said([] {
          std::signal(SIGSEGV, SIG_DFL);  // not the tests' own
          std::raise(SIGSEGV);
        }) ==
        "internal error: the process died of signal 11 (Segmentation fault) while working; broken");
  CHECK(said([] { ::_exit(7); }) ==
        "internal error: the process ended with exit code 7 while working; broken");
  CHECK(said([] { throw std::runtime_error("no luck"); }) == "internal error: no luck; broken");
}

TEST_CASE("a file that is cut short while it is mapped is no internal error") {
  const TempFolder folder;
  const auto path = folder.write("database", std::string(10'000, 'x'));
  const auto ended = supervised(
      [&](Progress& progress) {
        progress.arm(plan_of(1));
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        void* const mapped = ::mmap(nullptr, 10'000, PROT_READ, MAP_SHARED, file, 0);
        if (mapped == MAP_FAILED || ::ftruncate(file, 0) != 0) return;
        progress.arm(plan_of(*static_cast<const volatile char*>(mapped)));
      },
      Clock::now() + 1h);
  CHECK(ended.exit_code == 1);
  CHECK_THAT(ended.out, ContainsSubstring("a file was cut short, or cannot be read any more, while "
                                          "working: lists.index, cache.db or a GeoIP database"));
  CHECK_THAT(ended.out, !ContainsSubstring("broken"));
}

TEST_CASE("what is done apart has no reply to hold open, and fresh signals") {
  const auto ended = supervised(
      [](Progress& progress) {
        sigset_t mask;
        ::sigprocmask(SIG_SETMASK, nullptr, &mask);
        const bool fresh = ::sigismember(&mask, SIGCHLD) == 0 && ::fcntl(4, F_GETFD) < 0;
        progress.arm(plan_of(fresh ? 5 : 6));
      },
      Clock::now() + 1h);
  CHECK(ended.exit_code == 5);
}

TEST_CASE("what is done apart ends with whoever started it") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), 0) == 0);
  const auto starter = ::fork();
  if (starter == 0) {
    ::close(ends[0]);
    Progress progress;
    progress.begin_step("waiting", std::chrono::steady_clock::now() + std::chrono::hours(1));
    supervise(progress, {}, [&] {
      [[maybe_unused]] const auto written = ::write(ends[1], "x", 1);
      while (true) ::pause();
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 1);
  ::kill(starter, SIGKILL);
  ::waitpid(starter, nullptr, 0);
  CHECK(::read(ends[0], &byte, 1) == 0);  // nobody has the other end any more
  ::close(ends[0]);
}

TEST_CASE("a plan is posted whole") {
  Progress progress;
  CHECK_FALSE(progress.plan());
  CHECK(progress.told().user.empty());
  CHECK_FALSE(progress.came());
  CHECK(progress.step() == std::string("starting"));
  Plan plan;
  plan.answer.code = 2;
  plan.answer.text = "nologin=y\treason=x\t";
  plan.holds = true;
  plan.log = "/var/log/badclients.log";
  plan.line = {"mail-audit: user=<alice>", ", service=imap", ", session=<x>"};
  progress.arm({});
  progress.arm(plan);
  const auto read = progress.plan().value();
  CHECK(read.answer.code == 2);
  CHECK(read.answer.text == plan.answer.text);
  CHECK(read.holds);
  CHECK(read.log == plan.log);
  CHECK(read.line.user == plan.line.user);
  CHECK(read.line.before_took == plan.line.before_took);
  CHECK(read.line.after_took == plan.line.after_took);

  const auto now = Clock::now();
  progress.login_came({"alice", std::string(10'000, 'x'), "imap", "", "", "boss"}, now);
  CHECK(progress.told().user == "alice");
  CHECK(progress.told().address.empty());
  CHECK(progress.told().master == "boss");
  CHECK(progress.came() == now);
  plan.answer.text.assign(10'000, 'x');  // no reply of ours is that long
  progress.arm(plan);
  CHECK(progress.plan()->answer.text.empty());
}

TEST_CASE("lines that are logged apart go where the log is, and to standard error where it hangs") {
  const TempFolder folder;
  const auto log = folder / "log";
  const auto ended = in_child([&]() -> int {
    log_apart(log, {}, {{Level::error, "what"}, {Level::info, "the line"}});
    return 0;
  });
  CHECK(ended.exit_code == 0);
  CHECK_THAT(read_whole_file(log), ContainsSubstring("what\n") && ContainsSubstring("the line\n"));

  const auto fifo = folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const int full = ::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  while (::write(full, "x", 1) == 1) {
  }
  const auto hung = in_child([&]() -> int {
    ::dup2(1, 2);
    log_apart(fifo, {}, {{Level::info, "the line"}});
    return 0;
  });
  ::close(full);
  CHECK(hung.out == "the line\n");
}

TEST_CASE("a line whose writer dies goes to stderr") {
  const TempFolder folder;
  const auto log = folder.write("log", std::string(8192, 'x'));
  const auto died = in_child([&]() -> int {
    const rlimit less{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &less);
    std::signal(SIGXFSZ, SIG_DFL);
    ::dup2(1, 2);
    log_apart(log, {}, {{Level::info, "the line"}});
    return 0;
  });
  CHECK(died.out == "the line\n");
}
