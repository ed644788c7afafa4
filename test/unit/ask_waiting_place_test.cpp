#include "ask/waiting_place.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ask/background.hpp"
#include "ask/gather.hpp"
#include "catch.hpp"
#include "facts/kinds.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using ask::WaitingPlace;

namespace {

net::Address address(unsigned block, unsigned number = 0) {
  return net::Address::v4(0x34000000U + (block << 8U) + number);
}

net::Network block(unsigned number) {
  return {address(number), 24};
}

std::string user(unsigned number) {
  return "user" + std::to_string(number);
}

/// Places that one process has; those of another process count like these.
struct Places {
  TempFolder folder;
  std::vector<WaitingPlace> taken;

  /// Why there was none; empty: there was.
  std::string take(const std::string& name, unsigned number) {
    auto place = WaitingPlace::take(folder.path(), name, block(number));
    if (!place) return place.error();
    taken.push_back(std::move(*place));
    return {};
  }
};

}  // namespace

TEST_CASE_METHOD(Places, "64 logins of a host may wait, and another when one of them has ended") {
  for (unsigned i = 0; i < 64; ++i) CHECK(take(user(i), i).empty());
  CHECK(take(user(64), 64) == "64 logins wait for the network already");
  CHECK(take(user(65), 65) == "64 logins wait for the network already");
  taken.erase(taken.begin() + 20);
  CHECK(take(user(64), 64).empty());
  CHECK(take(user(65), 65) == "64 logins wait for the network already");
}

TEST_CASE_METHOD(Places, "eight of one user may wait, whatever their address, and others beside") {
  for (unsigned i = 0; i < 8; ++i) CHECK(take("alice", i).empty());
  CHECK(take("alice", 8) == "8 logins of this user wait for the network already");
  for (unsigned i = 0; i < 56; ++i) CHECK(take(user(i), 100 + i).empty());
  // What was refused holds nothing.
  taken.erase(taken.begin(), taken.begin() + 8);
  for (unsigned i = 0; i < 8; ++i) CHECK(take("alice", i).empty());
}

TEST_CASE_METHOD(Places, "eight from one block may wait, of any users, and others beside") {
  for (unsigned i = 0; i < 8; ++i) CHECK(take(user(i), 1).empty());
  CHECK(take(user(8), 1) == "8 logins from 52.0.1.0/24 wait for the network already");
  CHECK(take(user(8), 2).empty());
}

TEST_CASE_METHOD(Places, "users whose names are alike share no count") {
  for (const auto* name : {"alice", "Alice", "alice ", "alic", "", "bob"}) {
    INFO(name);
    taken.clear();
    for (unsigned i = 0; i < 8; ++i) CHECK(take("carol", i).empty());
    for (unsigned i = 0; i < 8; ++i) CHECK(take(name, 100 + i).empty());
  }
}

TEST_CASE_METHOD(Places, "death gives a place back") {
  for (unsigned i = 0; i < 63; ++i) CHECK(take(user(i), i).empty());
  const auto child = start_child([this] {
    if (!take(user(63), 63).empty()) return 1;
    raise(SIGSTOP);
    return 0;
  });
  int status = 0;
  REQUIRE(waitpid(child, &status, WUNTRACED) == child);
  CHECK(WIFSTOPPED(status));
  CHECK_FALSE(take(user(64), 64).empty());
  kill(child, SIGKILL);
  CHECK(wait_for_child(child) == 128 + SIGKILL);
  CHECK(take(user(64), 64).empty());
}

TEST_CASE("where those who wait cannot be counted there is no place") {
  const TempFolder folder;
  const auto why = [](const std::string& state_path) {
    const auto place = WaitingPlace::take(state_path, "alice", block(1));
    return place ? "" : place.error();
  };
  CHECK(why(folder / "missing") == "those who wait cannot be counted: " + folder / "missing" +
                                       "/waiting.lock: No such file or directory");
  CHECK(exit_code_of_child([&] {
          chmod(folder.path().c_str(), 0555);
          if (geteuid() == 0 && setuid(65534) != 0) return 90;
          return why(folder.path()).ends_with("/waiting.lock: Permission denied") ? 0 : 1;
        }) == 0);
}

namespace {

/// A host whose servers stay silent: the helper waits until it is told to end.
struct SilentHost {
  TempFolder folder;
  config::Config config;
  std::string gate = folder / "gate";
  std::vector<pid_t> waiting;
  std::vector<int> ended;  ///< exit codes

  /// What a login ends with: it has waited; there was no place for it; anything else.
  static constexpr int waited = 0, had_no_place = 1;

  SilentHost() {
    REQUIRE(mkfifo(gate.c_str(), 0600) == 0);
    config.general.state_path = folder / "state";
    mkdir(config.general.state_path.c_str(), 0700);
    config.lookup.helper = folder.write("helper", "#!/bin/sh\nread -r x <'" + gate + "'\n", 0755);
    config.lookup.deadline = 10min;
  }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;
  ~SilentHost() { release(); }

  void log_in(const std::string& name, const net::Address& from) {
    waiting.push_back(start_child([&] {
      const auto facts = gather(name, from);
      const auto& trouble = facts.reverse_names.trouble;
      if (!facts.reverse_names.failed()) return 2;
      return trouble.ends_with("wait for the network already") ||
                     trouble.starts_with("those who wait cannot be counted")
                 ? had_no_place
                 : waited;
    }));
  }
  [[nodiscard]] facts::Facts gather(const std::string& name, const net::Address& from) const {
    facts::Wanted wanted;
    wanted.reverse_names = true;
    ask::Gathering how{config, "/etc/some.conf", std::chrono::steady_clock::now() + 10min,
                       std::chrono::system_clock::now()};
    how.wait_until = [&](const facts::Facts&, const facts::Wanted&) { return how.deadline; };
    how.counted_user = &name;
    std::vector<std::string> warnings;
    return ask::gather(from, wanted, how, warnings);
  }

  /// Waits until so many have ended.
  void wait_for(std::size_t count) {
    while (ended.size() < count) {
      int status = 0;
      const auto child = waitpid(-1, &status, 0);
      REQUIRE(child > 0);
      if (std::erase(waiting, child) != 0) {
        ended.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
      }
    }
  }
  [[nodiscard]] std::size_t helpers() const {
    // Each of them waits in open(2); that they are there shows who waits.
    std::size_t count = 0;
    for (const auto pid : waiting) {
      const auto path =
          "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children";
      count += read_whole_file(path).empty() ? 0 : 1;
    }
    return count;
  }
  /// Until so many logins have a helper.
  void wait_for_helpers(std::size_t count) const {
    while (helpers() < count) std::this_thread::sleep_for(5ms);
  }
  /// All who wait go on.
  void release() {
    const int end = ::open(gate.c_str(), O_RDWR | O_CLOEXEC);
    while (!waiting.empty()) {
      (void)!write(end, "\n\n\n\n\n\n\n\n", 8);
      int status = 0;
      const auto child = waitpid(-1, &status, WNOHANG);
      if (child > 0 && std::erase(waiting, child) != 0) ended.push_back(WEXITSTATUS(status));
      if (child == 0) std::this_thread::sleep_for(1ms);
    }
    ::close(end);
  }
  [[nodiscard]] auto count(int code) const { return std::count(ended.begin(), ended.end(), code); }
};

}  // namespace

TEST_CASE_METHOD(SilentHost, "of a hundred logins that would wait 64 do, and the others go on") {
  for (unsigned i = 0; i < 100; ++i) log_in(user(i), address(i));
  wait_for(36);
  CHECK(count(had_no_place) == 36);
  CHECK(waiting.size() == 64);
  wait_for_helpers(64);
  release();
  CHECK(count(waited) == 64);
}

TEST_CASE_METHOD(SilentHost, "neither one user nor one block fills the places") {
  for (unsigned i = 0; i < 20; ++i) log_in("alice", address(i));
  for (unsigned i = 0; i < 20; ++i) log_in(user(i), address(100, i));
  wait_for(24);
  CHECK(count(had_no_place) == 24);
  log_in("carol", address(200));
  wait_for_helpers(17);
  for (std::size_t i = 0; i < 3; ++i) kill(waiting.at(i), SIGKILL);  // three of Alice's, mostly
  wait_for(27);
  CHECK(count(128 + SIGKILL) == 3);
  log_in("carol", address(201));
  wait_for_helpers(15);
  release();
  CHECK(count(waited) == 15);
}

TEST_CASE_METHOD(SilentHost, "without a folder to count in nobody waits") {
  config.general.state_path = folder / "missing";
  log_in("alice", address(1));
  wait_for(1);
  CHECK(count(had_no_place) == 1);
}

TEST_CASE_METHOD(SilentHost,
                 "a login that asks nothing needs no place, and one refused asks behind") {
  std::vector<WaitingPlace> all;
  for (unsigned i = 0; i < 64; ++i) {
    all.push_back(WaitingPlace::take(config.general.state_path, user(i), block(i)).value());
  }
  const auto from = address(200);
  const std::string name = "alice";
  const auto facts = gather(name, from);
  CHECK(facts.reverse_names.failed());
  CHECK(facts.reverse_names.trouble == "64 logins wait for the network already");

  facts::Wanted wanted;
  wanted.reverse_names = true;
  const auto program = folder.write("program",
                                    "#!/bin/sh\ncat >'" + folder / "task.new" + "'; mv '" +
                                        folder / "task.new" + "' '" + folder / "task" + "'\n",
                                    0755);
  const ask::Gathering how{config, "/etc/some.conf", std::chrono::steady_clock::now() + 1min,
                           std::chrono::system_clock::now()};
  std::vector<std::string> warnings;
  ask::leave_to_background(from, wanted, facts, how, program, warnings);
  CHECK(warnings.empty());
  while (access((folder / "task").c_str(), F_OK) != 0) std::this_thread::sleep_for(1ms);
  CHECK_THAT(read_whole_file(folder / "task"),
             ContainsSubstring("address 52.0.200.0\n") && ContainsSubstring("want ptr\n"));
}
