// IndexStore and IndexMaker: the files in state_path.

#include "lists/index_store.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "catch.hpp"
#include "child_process.hpp"
#include "list_site.hpp"
#include "lists/index_maker.hpp"
#include "many_processes.hpp"

using namespace badclients::lists;
namespace fs = std::filesystem;
using Outcome = IndexMaker::Outcome;

namespace {

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

/// Who has just died may have it for another moment.
Descriptor right_of(const IndexStore& store) {
  while (true) {
    if (auto right = store.take_right().value()) return std::move(*right);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

IndexMaker::Clock::time_point soon() {
  return IndexMaker::Clock::now() + std::chrono::minutes(1);
}

IndexMaker::Result make(const ListSite& site) {
  const IndexStore store(site.state);
  const auto maker = IndexMaker::start(store, right_of(store), site.lists, site.clock);
  REQUIRE(maker);
  return maker->wait(soon());
}

}  // namespace

TEST_CASE("one at a time has the right, and death gives it back") {
  const TempFolder folder;
  const IndexStore store(folder.path());
  {
    const auto right = right_of(store);
    CHECK_FALSE(store.take_right().value());
  }
  CHECK(store.take_right().value());
  CHECK(exit_code_of_child([&] {
          const auto right = right_of(store);
          return ::raise(SIGKILL);
        }) == 128 + SIGKILL);
  CHECK(store.take_right().value());
}

TEST_CASE("an index comes into its place, verified, and nothing else is left") {
  const ListSite site;
  const IndexStore store(site.state);
  for (int i = 0; i < 20; ++i) {
    CHECK(make(site).outcome == Outcome::made);
    CHECK(store.take_right().value());  // at once: another change needs it
  }
  CHECK(names_in(site.state) ==
        std::set<std::string>{"lists.index", "lists.lock", "lists.verified"});
  const auto index = store.open().value();
  REQUIRE(index);
  CHECK(store.is_verified(*index));
  CHECK(index->is_sound());
  CHECK(mode_of(store.path()) == 0600);
}

TEST_CASE("the state is private, except for the group that shares the folder") {
  const ListSite site;
  chmod(site.state.c_str(), 0770);
  CHECK(make(site).outcome == Outcome::made);
  wait_for_maker(site.state);
  for (const auto& name : names_in(site.state)) CHECK(mode_of(site.state + "/" + name) == 0640);
}

TEST_CASE("an index is verified as long as it is the same file") {
  const ListSite site;
  const IndexStore store(site.state);
  REQUIRE(make(site).outcome == Outcome::made);
  wait_for_maker(site.state);
  const auto verified = [&] { return store.is_verified(store.open().value().value()); };
  REQUIRE(verified());
  const auto bytes = read_whole_file(store.path());
  SECTION("written again, with the same bytes and times") {
    let_clock_tick(site.folder, store.path());
    const auto time = fs::last_write_time(store.path());
    std::ofstream{store.path(), std::ios::binary | std::ios::in}.write(bytes.data(), 4096);
    fs::last_write_time(store.path(), time);
  }
  SECTION("another file with the same bytes") {
    fs::remove(store.path());
    std::ofstream{store.path(), std::ios::binary} << bytes;
    chmod(store.path().c_str(), 0600);
  }
  SECTION("after another start of the system") {
    auto mark = read_whole_file(site.state + "/lists.verified");
    mark.at(sizeof(Stamp)) ^= 1;
    std::ofstream{site.state + "/lists.verified", std::ios::binary} << mark;
  }
  SECTION("forgotten") {
    store.forget_verified();
  }
  SECTION("marked by a file that others may write to") {
    chmod((site.state + "/lists.verified").c_str(), 0602);
  }
  SECTION("marked by a file that a group may write to") {
    chmod((site.state + "/lists.verified").c_str(), 0620);
  }
  CHECK_FALSE(verified());
  store.remember_verified(store.open().value()->stamp());
  CHECK(verified());
}

TEST_CASE("no other file is overwritten by way of a link") {
  const ListSite site;
  const auto victim = site.folder.write("victim", "precious");
  for (const auto* name : {"lists.index.tmp", "lists.verified.tmp", "lists.failed.tmp"}) {
    link(victim, site.state + "/" + name);
  }
  fs::create_hard_link(victim, site.state + "/lists.verified");
  CHECK(make(site).outcome == Outcome::made);
  CHECK(site.is_current());
  CHECK(read_whole_file(victim) == "precious");
  fs::remove(site.state + "/lists.lock");
  link(victim, site.state + "/lists.lock");
  CHECK_FALSE(IndexStore(site.state).take_right());
}

TEST_CASE("where nothing can be written the error names the place and the reason") {
  const ListSite site;
  const auto right = IndexStore(site.state + "/missing").take_right();
  REQUIRE_FALSE(right);
  CHECK(right.error() ==
        site.state + "/missing/lists.lock cannot be written: No such file or directory");
  fs::create_directory(site.state + "/lists.index.tmp");
  const auto result = make(site);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.reason == site.state + "/lists.index.tmp cannot be written: File exists");
}

TEST_CASE("a maker has nothing of its parent's but its work, and is not its child") {
  const ListSite site;
  const auto ended = in_child([&]() -> int {
    const IndexStore store(site.state);
    // While it waits for us to read the list, it can be looked at.
    REQUIRE(mkfifo((site.folder / "gate").c_str(), 0600) == 0);
    const WallClock clock = [&, session = getsid(0)] {
      if (getsid(0) != session) {
        std::string descriptors;
        for (int number = 0; number < 300; ++number) {
          if (::fcntl(number, F_GETFD) >= 0) descriptors += std::to_string(number) + " ";
        }
        (void)!::write(1, "x", 1);
        site.folder.write("descriptors", descriptors);
      }
      return std::chrono::system_clock::now();
    };
    const auto maker = IndexMaker::start(store, right_of(store), site.lists, clock);
    if (!maker || maker->wait(soon()).outcome != Outcome::made) return 1;
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 2;
  });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out.empty());
  CHECK_THAT(read_whole_file(site.folder / "descriptors"), ContainsSubstring("0 1 2 3 4 "));
}

TEST_CASE("a maker that is killed is no index, and the right is free") {
  const ListSite site;
  const IndexStore store(site.state);
  const WallClock deadly = [session = getsid(0)] {
    if (getsid(0) != session) ::raise(SIGKILL);
    return std::chrono::system_clock::now();
  };
  const auto maker = IndexMaker::start(store, right_of(store), site.lists, deadly);
  REQUIRE(maker);
  const auto result = maker->wait(soon());
  CHECK(result.outcome == Outcome::lost);
  CHECK(result.reason == store.path() + ": cannot be made: its maker was killed");
  CHECK_FALSE(store.open().value());
  CHECK(make(site).outcome == Outcome::made);
}

TEST_CASE("a maker gets on while one of its files is of the last ten seconds, or the next") {
  const ListSite site;
  const IndexStore store(site.state);
  const auto now = site.clock();
  CHECK_FALSE(store.maker_gets_on(now));
  { const auto right = right_of(store); }
  CHECK(store.maker_gets_on(now));
  for (const auto sign : {-1, 1}) {  // the clock may be set back
    CHECK(store.maker_gets_on(now + sign * std::chrono::seconds(8)));
    CHECK_FALSE(store.maker_gets_on(now + sign * std::chrono::seconds(15)));
  }
}

TEST_CASE("lists that cannot be compiled are remembered, until they change or a minute is over") {
  ListSite site;
  site.forget_the_moment();
  const IndexStore store(site.state);
  const auto now = site.clock();
  IndexWriter writer(site.lists, site.clock);
  (void)writer.image();
  store.remember_failure(writer.failure(
      {badclients::config::Problem::Severity::error, store.path(), 0, "cannot be made: too long"}));
  const auto reason = store.path() + ": cannot be made: too long";
  CHECK(store.failure(site.lists, now) == reason);
  CHECK(store.failure(site.lists, now + std::chrono::seconds(58)) == reason);
  CHECK(store.failure(site.lists, now + std::chrono::seconds(61)).empty());
  // The clock was set back meanwhile.
  CHECK(store.failure(site.lists, now - std::chrono::seconds(58)) == reason);
  CHECK(store.failure(site.lists, now - std::chrono::seconds(61)).empty());
  CHECK(store.failure("/elsewhere", now).empty());
  let_clock_tick(site.folder, site.lists);
  site.list("asn.deny.lst", "AS1\n");
  CHECK(store.failure(site.lists, now).empty());
  CHECK(make(site).outcome == Outcome::made);
  CHECK_FALSE(fs::exists(site.state + "/lists.failed"));
}

TEST_CASE("a disk that is full leaves the old index, and the reason is told") {
  ListSite site;
  REQUIRE(make(site).outcome == Outcome::made);
  const auto old = site.inode();
  CHECK(exit_code_of_child([&] {
          std::signal(SIGXFSZ, SIG_IGN);
          const rlimit small{4096, 4096};
          ::setrlimit(RLIMIT_FSIZE, &small);
          const auto result = make(site);
          const bool told = result.reason.ends_with("File too large");
          return result.outcome == Outcome::failed && told ? 0 : 1;
        }) == 0);
  CHECK(site.inode() == old);
  CHECK(site.is_current());
}
