#include "ask/background.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "ask/flight_keys.hpp"
#include "ask/single_flight.hpp"
#include "cache/upkeep.hpp"
#include "cache_fixture.hpp"
#include "facts/serialise.hpp"
#include "many_processes.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using ask::SingleFlight;
using facts::Facts;

namespace {

const std::string home = "139.162.133.1";

/// A cache, and a program that keeps what it is given when it is started for the background. What
/// it has written is there when `done` is.
struct Background : CacheFixture {
  config::Config config;
  std::string program = folder.write("program",
                                     "#!/bin/sh\n"
                                     "cd '" +
                                         folder.path() +
                                         "'\n"
                                         "echo \"$@\" >arguments\n"
                                         "cat >task\n"
                                         "while [ -e hold ]; do sleep 0.01; done\n"
                                         "echo x >>starts\n"
                                         "mv task done\n",
                                     0755);
  std::vector<std::string> warnings;

  Background() {
    config.general.state_path = folder.path();
    config.lookup.helper = folder.write(
        "helper", "#!/bin/sh\ncd '" + folder.path() + "'\nsed '/^end$/q' >>requests\ncat answers\n",
        0755);
    folder.write("answers", "");
  }

  [[nodiscard]] ask::Gathering how() const {
    return {config, config_path, std::chrono::steady_clock::now() + 60s, now};
  }

  void leave(const Facts& facts, const std::string& address_text = home) {
    warnings.clear();
    ask::leave_to_background(address(address_text), everything(), facts, how(), program, warnings);
  }

  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(folder / name);
  }
  ask::Request task() const {
    while (!exists("done")) std::this_thread::sleep_for(1ms);
    return ask::decode_request(read_whole_file(folder / "done")).value();
  }

  [[nodiscard]] SingleFlight turns() const { return SingleFlight::open(folder.path()).value(); }
  [[nodiscard]] static SingleFlight::Question pruning() { return SingleFlight::number("prune"); }
  [[nodiscard]] SingleFlight::Question question() const {
    facts::Wanted registration;
    registration.registration = true;
    return ask::flight_keys(address(home), {}, registration, {}).at(0).question;
  }

  /// What a login sees two days after all was learnt: it is still in the cache.
  Facts old_facts() {
    auto facts = registration("OLD", "139.162.133.0", "139.162.133.255");
    facts.origin = asked(facts::Origin{{64500}, {}, "", ""});
    facts.as_descriptions = {asked(facts::AsDescription{64500, "EXAMPLE"})};
    store(home, facts);
    now += 48h;
    return read(home);
  }

  /// Work as the process in the background does it.
  std::vector<std::string> work(const std::string& task, const SingleFlight* left = nullptr) {
    folder.write("task", task);
    const auto pid = start_child([&] {
      const int file = ::open((folder / "task").c_str(), O_RDONLY);
      dup2(file, 0);
      if (left != nullptr) {
        dup2(left->descriptor(), 3);
      } else {
        close(3);
      }
      std::vector<std::string> told;
      ask::work_in_background(how(), told);
      std::string text;
      for (const auto& line : told) text += line + "\n";
      folder.write("told", text);
      return 0;
    });
    CHECK(wait_for_child(pid) == 0);
    std::vector<std::string> lines;
    std::ifstream told{folder / "told"};
    for (std::string line; std::getline(told, line);) lines.push_back(line);
    return lines;
  }

  std::string config_path = "/etc/some.conf";
};

}  // namespace

TEST_CASE_METHOD(Background, "after a login on fresh answers nothing is started") {
  old_facts();
  now -= 47h;
  leave(read(home));
  CHECK(warnings.empty());
  CHECK_FALSE(exists("askers.lock"));
}

TEST_CASE_METHOD(Background, "what is stale is left to a process that has the turn for it") {
  const auto facts = old_facts();
  folder.write("hold", "");
  leave(facts);
  auto turns = this->turns();
  CHECK_FALSE(turns.take(question()));
  CHECK(turns.take(pruning()));
  std::filesystem::remove(folder / "hold");
  const auto task = this->task();
  CHECK(task.address.str() == home);
  CHECK(task.wanted.registration);
  CHECK(task.wanted.origin);
  CHECK(task.wanted.as_description);
  CHECK_FALSE(task.wanted.reverse_names);
  CHECK(read_whole_file(folder / "arguments") == "--config /etc/some.conf --background\n");
  CHECK(turns.wait_for_any(std::array{question()}, std::chrono::steady_clock::now() + 60s));
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(Background, "many logins on the same old answer start one process") {
  const auto facts = old_facts();
  folder.write("hold", "");
  for (int i = 0; i < 20; ++i) leave(facts, "139.162.133." + std::to_string(i));
  std::filesystem::remove(folder / "hold");
  task();
  CHECK(read_whole_file(folder / "starts") == "x\n");
}

TEST_CASE_METHOD(Background, "the first login that learns something has the cache pruned") {
  const auto facts = registration("NEW", "139.162.133.0", "139.162.133.255");
  store(home, facts);
  folder.write("hold", "");
  leave(facts);
  leave(facts);
  CHECK_FALSE(turns().take(pruning()));
  CHECK(turns().take(question()));
  std::filesystem::remove(folder / "hold");
  CHECK_FALSE(task().wanted.any());
  CHECK(read_whole_file(folder / "starts") == "x\n");
}

TEST_CASE_METHOD(Background, "a cache that was pruned within the hour is not pruned again") {
  const auto learn = [&] { return registration("NEW", "139.162.133.0", "139.162.133.255"); };
  store(home, learn());
  REQUIRE(cache::prune(folder.path(), config.cache, now));
  now += 1h - 1s;
  leave(learn());
  CHECK_FALSE(exists("askers.lock"));
  now += 1s;
  leave(learn());
  CHECK_FALSE(task().wanted.any());
}

TEST_CASE_METHOD(Background, "a relative path of the configuration stays that of the same file") {
  config_path = "some.conf";
  leave(old_facts());
  task();
  CHECK(read_whole_file(folder / "arguments") ==
        "--config " + (std::filesystem::current_path() / "some.conf").string() + " --background\n");
}

TEST_CASE_METHOD(Background, "where there can be no turns nothing is started, with a warning") {
  const auto facts = old_facts();
  std::filesystem::create_directory(folder / "askers.lock");
  leave(facts);
  CHECK(warnings == std::vector{folder / "askers.lock: Is a directory"});
  CHECK_FALSE(exists("arguments"));
}

TEST_CASE_METHOD(Background, "the process refreshes, and prunes where that is due") {
  old_facts();
  facts::Wanted registration;
  registration.registration = true;
  folder.write(
      "answers",
      ask::encode_answer(
          "registration", ask::Result::known, 1h, "test",
          facts::encode(facts::Registration{
              "NEW", "DE", {}, std::pair{address("139.162.133.0"), address("139.162.133.255")}})));
  auto turns = this->turns();
  REQUIRE(turns.take(question()));
  const auto task = ask::encode({address(home), registration, {}, {}});
  CHECK(work(task, &turns) == std::vector<std::string>{});
  CHECK(registered(home) == "NEW");
  const auto due = cache::pruning_due(folder.path(), now, 10s);
  REQUIRE(due);
  CHECK_FALSE(*due);
}

TEST_CASE_METHOD(Background, "the process leaves alone what another is doing") {
  old_facts();
  facts::Wanted registration;
  registration.registration = true;
  auto turns = this->turns();
  REQUIRE(turns.take(question()));
  REQUIRE(turns.take(pruning()));
  work(ask::encode({address(home), registration, {}, {}}));
  CHECK_FALSE(exists("requests"));
  CHECK(cache::pruning_due(folder.path(), now, 10s).value());
}

TEST_CASE_METHOD(Background, "a task that is none is a warning, and asks nobody") {
  old_facts();
  const auto told = work("address 139.162.133.1\nwant everything\n");
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("task in the background: ") == 0);
  CHECK_FALSE(exists("requests"));
}
