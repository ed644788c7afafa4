#include "audit/sink.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <regex>

#include "catch.hpp"
#include "temp_folder.hpp"

using badclients::audit::Level;
using badclients::audit::open_sink;

namespace {

/// Standard error goes into a pipe as long as this lives.
class CapturedStderr {
 public:
  CapturedStderr() {
    REQUIRE(::pipe2(pipe_.data(), O_CLOEXEC) == 0);
    saved_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    ::dup2(pipe_[1], STDERR_FILENO);
  }
  ~CapturedStderr() {
    ::dup2(saved_, STDERR_FILENO);
    for (const int number : {saved_, pipe_[0], pipe_[1]}) ::close(number);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// What was written since, as far as one read gives it.
  [[nodiscard]] std::string read() const {
    ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    std::string text(70'000, '\0');
    const auto count = ::read(pipe_[0], text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  /// Fills the pipe to the last byte.
  void fill() const {
    const int flags = ::fcntl(pipe_[1], F_GETFL);
    ::fcntl(pipe_[1], F_SETFL, flags | O_NONBLOCK);
    while (::write(pipe_[1], "x", 1) == 1) {
    }
    ::fcntl(pipe_[1], F_SETFL, flags);
  }

 private:
  std::array<int, 2> pipe_{};
  int saved_ = -1;
};

std::string stderr_of(const std::string& log, bool log_service, Level level,
                      const std::string& text) {
  const CapturedStderr captured;
  open_sink(log, {log_service, true})->write(level, text);
  return captured.read();
}

}  // namespace

TEST_CASE("Dovecot's log pipe gets level and pid before the text") {
  const auto pid = std::to_string(getpid());
  CHECK(stderr_of("auto", true, Level::info, "mail-audit: x") == "\1\2" + pid + " mail-audit: x\n");
  CHECK(stderr_of("dovecot", false, Level::warning, "w") == "\1\3" + pid + " badclients: w\n");
  CHECK(stderr_of("auto", true, Level::error, "e") == "\1\4" + pid + " badclients: e\n");
}

TEST_CASE("standard error gets plain lines, also where Dovecot's pipe was not asked for") {
  CHECK(stderr_of("auto", false, Level::info, "mail-audit: x") == "mail-audit: x\n");
  CHECK(stderr_of("stderr", true, Level::warning, "w") == "badclients: warning: w\n");
  CHECK(stderr_of("stderr", false, Level::error, "e") == "badclients: error: e\n");
}

TEST_CASE(
    "nothing is written where the setting says none, or to a standard error that was closed") {
  CHECK(stderr_of("none", true, Level::error, "e").empty());
  CHECK(stderr_of("syslog", true, Level::info, "from the unit tests").empty());
  const CapturedStderr captured;
  open_sink("auto", {false, false})->write(Level::info, "from the unit tests");
  CHECK(captured.read().empty());
}

TEST_CASE("a line stays one line of printable text, and one write") {
  CHECK(stderr_of("stderr", false, Level::info, "a\nb\x1b[0m\xff") == "a\\x0ab\\x1b[0m\\xff\n");
  for (const auto* log : {"stderr", "dovecot"}) {
    const auto line = stderr_of(log, false, Level::error, std::string(10'000, '\n'));
    CHECK(line.size() > 3900);
    CHECK(line.size() <= 4096);
    CHECK_THAT(line, ContainsSubstring("\\...\n"));
  }
}

TEST_CASE("a file is made with mode 0640 whatever the umask is, and appended to") {
  const TempFolder folder;
  const auto path = folder / "audit.log";
  const auto before = ::umask(077);
  open_sink(path, {})->write(Level::info, "mail-audit: one");
  ::umask(before);
  const auto sink = open_sink(path, {});
  sink->write(Level::warning, "two");
  sink->write(Level::error, "three");

  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  const std::regex expected("(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d{4} badclients\\[" +
                            std::to_string(getpid()) +
                            "\\]: )mail-audit: one\n.*\\]: warning: two\n.*\\]: error: three\n");
  const auto text = read_whole_file(path);
  INFO(text);
  CHECK(std::regex_match(text, expected));
}

TEST_CASE("a line does not go on where another was cut") {
  const TempFolder folder;
  const auto path = folder.write("audit.log", "2026-11-21T23:12:04+0100 badclients[1]: mail-au");
  open_sink(path, {})->write(Level::info, "one");
  const auto sink = open_sink(path, {});
  sink->write(Level::info, "two");
  sink->write(Level::info, "three");
  const std::regex expected(".*mail-au\n.*\\]: one\n.*\\]: two\n.*\\]: three\n");
  const auto text = read_whole_file(path);
  INFO(text);
  CHECK(std::regex_match(text, expected));
}

TEST_CASE("what does not fit into a file any more leaves the next line whole") {
  const TempFolder folder;
  const auto path = folder / "audit.log";
  const auto child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit size{};
    ::getrlimit(RLIMIT_FSIZE, &size);
    const auto sink = open_sink(path, {});
    sink->write(Level::info, "one");
    const rlimit little{80, size.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &little);
    sink->write(Level::info, "two");
    sink->write(Level::info, "three");
    ::setrlimit(RLIMIT_FSIZE, &size);
    sink->write(Level::info, "four");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const std::regex expected(".*\\]: one\n[^\n]{1,40}\n.*\\]: four\n");
  const auto text = read_whole_file(path);
  INFO(text);
  CHECK(std::regex_match(text, expected));
}

TEST_CASE("a log that nobody writes to is not opened") {
  const TempFolder folder;
  open_sink(folder / "audit.log", {});
  CHECK_FALSE(std::filesystem::exists(folder / "audit.log"));
}

TEST_CASE("the mode of a file that is there already stays as it is") {
  const TempFolder folder;
  const auto path = folder.write("audit.log", "", 0600);
  open_sink(path, {})->write(Level::info, "x");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a file that cannot be opened ends nothing") {
  const TempFolder folder;
  CHECK_NOTHROW(open_sink(folder / "none/audit.log", {})->write(Level::info, "unit test"));
  CHECK_NOTHROW(open_sink(folder.path(), {})->write(Level::info, "unit test"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_NOTHROW(open_sink(folder / "fifo", {})->write(Level::info, "unit test"));
}

TEST_CASE("a full pipe, or one that nobody reads, does not hold the login") {
  const CapturedStderr captured;
  captured.fill();
  const auto sink = open_sink("stderr", {});
  for (int i = 0; i < 100; ++i) sink->write(Level::info, "from the unit tests");
  CHECK(captured.read().find_first_not_of('x') == std::string::npos);

  sink->write(Level::info, "again");
  CHECK(captured.read() == "again\n");
}

TEST_CASE("a pipe whose reader is gone raises no SIGPIPE") {
  const CapturedStderr captured;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ::close(ends[0]);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  open_sink("stderr", {})->write(Level::info, "from the unit tests");
  SUCCEED("SIGPIPE would have ended the tests");
}
