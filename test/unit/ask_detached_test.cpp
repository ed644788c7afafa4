#include "ask/detached.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

/// Runs a script detached; report() is what it has written to the file `report`.
struct Script {
  TempFolder folder;
  ask::Detached detached;

  explicit Script(const std::string& text) {
    detached.program =
        folder.write("program",
                     "#!/bin/sh\n{ " + text + "\n} >'" + folder.path() + "/half' 2>&1\nmv '" +
                         folder.path() + "/half' '" + folder.path() + "/report'\n",
                     0755);
  }

  [[nodiscard]] std::string report() const {
    while (!std::filesystem::exists(folder / "report")) std::this_thread::sleep_for(1ms);
    return read_whole_file(folder / "report");
  }
};

}  // namespace

TEST_CASE("a detached program gets its arguments and its input") {
  Script script{R"(printf '%s\n' "$@"; cat)"};
  script.detached.arguments = {"one", "two words"};
  script.detached.input = std::string(100'000, 'x');
  REQUIRE(ask::start_detached(script.detached));
  CHECK(script.report() == "one\ntwo words\n" + std::string(100'000, 'x'));
}

TEST_CASE("a detached program has four descriptors, and none of ours but one") {
  Script script{R"(readlink /proc/$$/fd/* | sed 's/memfd:.*/memory/')"};
  const int ours = open(script.folder.write("ours", "").c_str(), O_RDWR);  // not close-on-exec
  const int left = open(script.folder.write("left", "").c_str(), O_RDWR | O_CLOEXEC);
  SECTION("one") {
    script.detached.descriptor = left;
  }
  SECTION("or none") {}
  REQUIRE(ask::start_detached(script.detached));
  const auto report = script.report();
  CHECK(report.find("memory") != std::string::npos);
  CHECK((report.find("/left") != std::string::npos) == (script.detached.descriptor >= 0));
  CHECK(report.find("/ours") == std::string::npos);
  close(ours);
  close(left);
}

TEST_CASE("a detached program is in a session of its own, in the root folder, and nobody's child") {
  Script script{R"(cut -d' ' -f6 /proc/$$/stat; pwd; echo "$PPID")"};
  const auto code = exit_code_of_child([&] {
    if (!ask::start_detached(script.detached)) return 1;
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 2;
  });
  CHECK(code == 0);
  const auto report = script.report();
  CHECK(report.substr(0, report.find('\n')) != std::to_string(getsid(0)));
  CHECK(report.find("\n/\n") != std::string::npos);
  CHECK(report.find("\n" + std::to_string(getpid()) + "\n") == std::string::npos);
}

TEST_CASE("a detached program has an environment of TZ alone") {
  Script script{"tr '\\0' '\\n' </proc/$$/environ"};
  const auto code = exit_code_of_child([&] {
    setenv("TZ", "Europe/Berlin", 1);
    setenv("AUTHORIZED", "1", 1);
    return ask::start_detached(script.detached) ? 0 : 1;
  });
  CHECK(code == 0);
  CHECK(script.report() == "TZ=Europe/Berlin\n");
}

TEST_CASE("a detached program has every signal as by default") {
  Script script{"grep -E 'Sig(Blk|Ign)' /proc/self/status"};
  const auto code = exit_code_of_child([&] {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigprocmask(SIG_BLOCK, &some, nullptr);
    return ask::start_detached(script.detached) ? 0 : 1;
  });
  CHECK(code == 0);
  CHECK(script.report() == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("nobody who waits for the end of a pipe waits for a detached program") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder / "gate").c_str(), 0600) == 0);
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  Script script{"read -r line <'" + folder.path() + "/gate'; echo \"$line\""};
  const auto code = exit_code_of_child([&] {
    close(ends[0]);
    return ask::start_detached(script.detached) ? 0 : 1;
  });
  CHECK(code == 0);
  close(ends[1]);
  char unused = 0;
  CHECK(read(ends[0], &unused, 1) == 0);  // its end, while the program is still there
  std::ofstream{folder / "gate"} << "go on\n";
  CHECK(script.report() == "go on\n");
  close(ends[0]);
}

TEST_CASE("a program that cannot be run is nobody's trouble") {
  ask::Detached missing;
  missing.program = "/nowhere/program";
  CHECK(ask::start_detached(missing));
}
