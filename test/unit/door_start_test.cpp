#include "door/start.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "catch.hpp"
#include "checkpassword/answer.hpp"
#include "child_process.hpp"

using namespace badclients::door;
using namespace badclients::checkpassword;

TEST_CASE(
    "a closed standard descriptor and a closed reply are seen, and nothing takes their place") {
  const auto ended = in_child([]() -> int {
    ::close(0);
    ::close(2);
    ::close(4);
    const auto start = harden(5);
    struct stat null {};
    struct stat seen {};
    ::stat("/dev/null", &null);
    for (const int number : {0, 2, 3, 4}) {
      if (::fstat(number, &seen) != 0 || seen.st_rdev != null.st_rdev) return 10 + number;
    }
    if (start.open[3] || start.open[4] || start.stderr_open()) return 20;
    Call call;
    call.program = {"sh", "-c", "ls /proc/$$/fd"};
    return carry_out({}, call, start).value_or(cannot_decide);
  });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "0\n1\n2\n");
}

TEST_CASE("descriptors from 5 on are closed first thing") {
  const auto ended = in_child([]() -> int {
    harden(5);
    for (int number = 5; number < 300; ++number) {
      if (::fcntl(number, F_GETFD) >= 0) return number;
    }
    return 0;
  });
  CHECK(ended.exit_code == 0);
}

TEST_CASE("open descriptors up to 4 stay as they are, and the process is not dumpable") {
  const auto ended = in_child([]() -> int {
    ::dup2(1, 3);
    const auto start = harden(5);
    if (!start.open[3] || !start.open[4] || !start.stderr_open()) return 1;
    if (::prctl(PR_GET_DUMPABLE) != 0) return 2;
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_max != 0) return 3;
    std::raise(SIGPIPE);
    return ::umask(0) == 077 ? 0 : 4;
  });
  CHECK(ended.exit_code == 0);
}
