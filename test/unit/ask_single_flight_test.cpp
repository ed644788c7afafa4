#include "ask/single_flight.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"
#include "turn_holder.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using ask::SingleFlight;
using Clock = std::chrono::steady_clock;

namespace {

const auto first = SingleFlight::number("first");
const auto second = SingleFlight::number("second");

SingleFlight open(const TempFolder& folder) {
  auto turns = SingleFlight::open(folder.path());
  INFO((turns ? "" : turns.error()));
  REQUIRE(turns);
  return std::move(*turns);
}

base::Deadline far_away() {
  return Clock::now() + 60s;
}

bool wait_for(SingleFlight& turns, SingleFlight::Question question, base::Deadline deadline) {
  return turns.wait_for_any(std::array{question}, deadline) == question;
}

}  // namespace

TEST_CASE("numbers of questions are offsets in a file, and differ") {
  std::set<SingleFlight::Question> numbers;
  for (unsigned i = 0; i < 100'000; ++i) numbers.insert(SingleFlight::number(std::to_string(i)));
  CHECK(numbers.size() == 100'000);
  CHECK(*numbers.rbegin() < SingleFlight::Question{1} << 62U);
  CHECK(SingleFlight::number("a question") == SingleFlight::number("a question"));
}

TEST_CASE("a turn is taken by one process, and by the next when it was given up") {
  const TempFolder folder;
  auto one = open(folder), other = open(folder);
  REQUIRE(one.take(first));
  CHECK(one.take(first));  // still ours
  CHECK_FALSE(other.take(first));
  CHECK(other.take(second));
  CHECK_FALSE(one.take(second));
  one.give_up(first);
  CHECK(other.take(first));
}

TEST_CASE("who ends gives up its turns") {
  const TempFolder folder;
  auto other = open(folder);
  {
    auto one = open(folder);
    REQUIRE(one.take(first));
    REQUIRE_FALSE(other.take(first));
  }
  CHECK(other.take(first));
}

TEST_CASE("the turn of a process that was killed is free") {
  const TempFolder folder;
  TurnHolder holder{folder.path(), first};
  auto turns = open(folder);
  CHECK_FALSE(turns.take(first));
  CHECK_FALSE(wait_for(turns, first, Clock::now() + 20ms));
  holder.kill();
  CHECK(wait_for(turns, first, far_away()));
  CHECK(turns.take(first));
}

TEST_CASE("of those who wait one gets the turn, and never two at once") {
  const TempFolder folder;
  TurnHolder holder{folder.path(), first};
  const auto mark = folder / "mark";
  std::vector<pid_t> pids;
  for (int i = 0; i < 10; ++i) {
    pids.push_back(start_child([&] {
      auto turns = open(folder);
      do {
        if (!wait_for(turns, first, far_away())) return 1;
      } while (!turns.take(first));
      const bool alone = mkdir(mark.c_str(), 0700) == 0;
      const bool still_alone = rmdir(mark.c_str()) == 0;
      turns.give_up(first);
      return alone && still_alone ? 0 : 2;
    }));
  }
  holder.kill();
  for (const auto pid : pids) CHECK(wait_for_child(pid) == 0);
}

TEST_CASE("waiting for several questions ends with the first of them") {
  const TempFolder folder;
  auto one = open(folder), other = open(folder);
  REQUIRE(one.take(first));
  REQUIRE(one.take(second));
  CHECK_FALSE(other.wait_for_any(std::array{first, second}, Clock::now()));
  one.give_up(second);
  CHECK(other.wait_for_any(std::array{first, second}, Clock::now()) == second);
}

TEST_CASE("that another has taken the question since is noticed, and counted") {
  const TempFolder folder;
  auto waiting = open(folder);
  std::optional<SingleFlight> holder = open(folder);
  REQUIRE(holder->take(first));
  const auto is_over = [&] {
    return waiting.wait_for_any(std::array{first}, Clock::now()) == first;
  };
  CHECK_FALSE(is_over());
  CHECK(waiting.rounds(first) == 0);
  for (unsigned round = 1; round < 20; ++round) {
    auto next = open(folder);
    holder->give_up(first);
    if (round % 2 == 0) holder.reset();
    REQUIRE(next.take(first));
    holder = std::move(next);
    CHECK(is_over());
    CHECK(waiting.rounds(first) == round);
    CHECK_FALSE(is_over());
    CHECK(waiting.rounds(first) == round);
  }
  CHECK(waiting.rounds(second) == 0);
  holder.reset();
  CHECK(is_over());
  CHECK(waiting.rounds(first) == 20);
}

TEST_CASE("a question that is left to another process, and taken there again, is still the same") {
  const TempFolder folder;
  auto waiting = open(folder);
  auto one = std::make_unique<SingleFlight>(open(folder));
  REQUIRE(one->take(first));
  CHECK_FALSE(wait_for(waiting, first, Clock::now()));
  for (int i = 0; i < 20; ++i) {
    auto heir = SingleFlight::inherit(folder.path(), dup(one->descriptor())).value();
    CHECK(heir.take(first));
    CHECK_FALSE(wait_for(waiting, first, Clock::now()));
    one = std::make_unique<SingleFlight>(std::move(heir));
  }
  CHECK(waiting.rounds(first) == 0);
}

TEST_CASE("a turn can be left to another process") {
  const TempFolder folder;
  auto other = open(folder);
  std::array<int, 2> go{};
  REQUIRE(pipe(go.data()) == 0);
  pid_t heir = 0;
  {
    auto one = open(folder);
    REQUIRE(one.take(first));
    heir = start_child([&] {
      close(go[1]);
      const auto turns = SingleFlight::inherit(folder.path(), dup(one.descriptor()));
      char unused = 0;
      return static_cast<int>(read(go[0], &unused, 1));
    });
  }
  CHECK_FALSE(other.take(first));
  close(go[1]);
  CHECK(wait_for_child(heir) == 0);
  CHECK(other.take(first));
  close(go[0]);
}

TEST_CASE("a descriptor of something else leaves no turns") {
  const TempFolder folder;
  const int strange = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  auto turns = SingleFlight::inherit(folder.path(), strange);
  REQUIRE(turns);
  CHECK(turns->descriptor() != strange);
  CHECK(turns->take(first));
  CHECK_FALSE(open(folder).take(first));
  close(strange);
}

TEST_CASE("the file of turns is its owner's, and no program that is run inherits it") {
  const TempFolder folder;
  const auto turns = open(folder);
  struct stat status {};
  REQUIRE(stat((folder / "askers.lock").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(status.st_size == 0);
  CHECK((fcntl(turns.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("without a folder to put the file in there are no turns") {
  const TempFolder folder;
  const auto turns = SingleFlight::open(folder / "missing");
  REQUIRE_FALSE(turns);
  CHECK(turns.error() == folder / "missing/askers.lock: No such file or directory");
}

TEST_CASE("a link in the place of the file is not followed") {
  const TempFolder folder;
  std::filesystem::create_symlink(folder.write("elsewhere", ""), folder / "askers.lock");
  CHECK_FALSE(SingleFlight::open(folder.path()));
}
