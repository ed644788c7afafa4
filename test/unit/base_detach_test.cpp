#include "base/detach.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "catch.hpp"
#include "pipe.hpp"

using namespace badclients::base;

namespace {

/// What the detached process writes to its descriptor 1.
std::string report_of(const std::function<std::string()>& report) {
  Pipe pipe;
  const auto started = detach({-1, pipe.writing.number()}, [&] {
    const bool told = write_all(1, report());
    ::_exit(told ? 0 : 1);
  });
  REQUIRE(started);
  pipe.writing.close();
  return read_to_end(pipe.reading.number(), 1000).value();
}

}  // namespace

TEST_CASE("a detached process has the descriptors that it is given, and no others", "[base]") {
  const Descriptor ours{::open("/dev/zero", O_RDONLY)};  // not close-on-exec
  CHECK(report_of([] {
          std::string open;
          for (int number = 0; number < 100; ++number) {
            if (::fcntl(number, F_GETFD) >= 0) open += std::to_string(number) + " ";
          }
          return open;
        }) == "0 1 ");
}

TEST_CASE("descriptors change places without loss", "[base]") {
  Pipe first, second;
  const auto started = detach({second.writing.number(), first.writing.number()}, [] {
    const bool told = write_all(0, "zero") && write_all(1, "one");
    ::_exit(told ? 0 : 1);
  });
  REQUIRE(started);
  first.writing.close();
  second.writing.close();
  CHECK(read_to_end(first.reading.number(), 10).value() == "one");
  CHECK(read_to_end(second.reading.number(), 10).value() == "zero");
}

TEST_CASE("a detached process has its signals reset, a session of its own, and is no child",
          "[base]") {
  ::signal(SIGUSR1, SIG_IGN);
  const auto report = report_of([] {
    struct sigaction action {};
    ::sigaction(SIGUSR1, nullptr, &action);
    return std::string(action.sa_handler == SIG_DFL ? "default " : "ignored ") +
           std::to_string(::getsid(0));
  });
  ::signal(SIGUSR1, SIG_DFL);
  CHECK(report.starts_with("default "));
  CHECK(report != "default " + std::to_string(::getsid(0)));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a descriptor that is not open cannot be kept", "[base]") {
  CHECK(detach({1000}, [] { ::_exit(0); }).error() == EAGAIN);
}
