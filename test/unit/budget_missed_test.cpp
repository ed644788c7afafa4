#include "budget/missed.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "budget/servers.hpp"
#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::budget;
using namespace std::chrono_literals;
using config::Service;
using Sums = std::map<std::string, std::uint64_t>;

namespace {

const ServerName lacnic{Service::whois, "lacnic"}, lacnic_rdap{Service::rdap, "lacnic"};

struct Fixture {
  TempFolder folder;
  config::Config::Budget budget;
  facts::Time now{1'700'000'000s};

  Fixture() { budget.lacnic = {{{}, 2, 60s}}; }

  auto try_to_add(const Missed& missed, std::chrono::milliseconds patience) const {
    return MissedLog{folder.path(), [this] { return now; }}.add(missed, patience);
  }
  auto add(const Missed& missed) const { return try_to_add(missed, 10s).value(); }
  MissedSums untold() const {
    return MissedLog{folder.path(), [this] { return now; }}.untold().value();
  }
  void ask(const std::string& about, const ServerName& server = lacnic) const {
    Purpose purpose;
    purpose.about = about;
    Servers{folder.path(), budget, [this] { return now; }}.permit(server, purpose, 0ms, 60s);
  }
  ServerState state(const ServerName& server = lacnic) const {
    const auto states = Servers{folder.path(), budget, [this] { return now; }}.list().value();
    return *std::ranges::find_if(states, [&](const auto& each) { return each.server == server; });
  }
};

const Missed registration{{"registration"}, {"entity.deny", "client rules"}};
const Missed name{{"registration", "reverse name"}, {}};

}  // namespace

TEST_CASE_METHOD(Fixture, "the first login that misses something is told of at once") {
  const auto sums = add(registration);
  REQUIRE(sums);
  CHECK(sums->logins == 1);
  CHECK(sums->since == now);
  CHECK(sums->facts == Sums{{"registration", 1}});
  CHECK(sums->lists == Sums{{"entity.deny", 1}, {"client rules", 1}});
  CHECK(untold().logins == 0);
}

TEST_CASE_METHOD(Fixture, "the others are summed up, and told of after a minute") {
  add(registration);
  now += 1s;
  CHECK_FALSE(add(registration));
  now += between_warnings - 2s;
  CHECK_FALSE(add(name));
  CHECK(untold().logins == 2);
  now += 1s;
  const auto sums = add(registration);
  REQUIRE(sums);
  CHECK(sums->logins == 3);
  CHECK(sums->since == now - 59s);
  CHECK(sums->facts == Sums{{"registration", 3}, {"reverse name", 1}});
  CHECK(sums->lists == Sums{{"entity.deny", 2}, {"client rules", 2}});
  now += 1s;
  CHECK_FALSE(add(name));
  CHECK(untold().facts == Sums{{"registration", 1}, {"reverse name", 1}});
}

TEST_CASE_METHOD(Fixture, "a clock that was ahead keeps nobody quiet") {
  now += 24h;
  add(registration);
  now -= 24h;
  CHECK(add(registration));
}

TEST_CASE_METHOD(Fixture, "many processes tell once, and count each login") {
  const auto told = exit_codes_of_children(30, [&](int) { return add(registration) ? 1 : 0; });
  CHECK(std::count(told.begin(), told.end(), 1) == 1);
  CHECK(std::count(told.begin(), told.end(), 0) == 29);
  CHECK(untold().logins == 29);
}

TEST_CASE_METHOD(Fixture, "while somebody keeps it locked, who was told lately need not be told") {
  const auto how = GENERATE("IMMEDIATE", "EXCLUSIVE");
  add(registration);
  SQLite::Database other{folder / "budget.db", SQLite::OPEN_READWRITE};
  other.exec(std::string{"BEGIN "} + how);
  const auto try_again = [&] {
    const auto begin = std::chrono::steady_clock::now();
    auto added = try_to_add(registration, 40ms);
    CHECK(std::chrono::steady_clock::now() - begin >= 40ms);
    return added;
  };
  const auto second = try_again();
  REQUIRE(second);
  CHECK_FALSE(*second);
  now += between_warnings;
  CHECK_THAT(try_again().error(), ContainsSubstring("budget.db: database is locked"));
  other.exec("ROLLBACK");
  CHECK(add(registration)->logins == 1);
}

TEST_CASE("without a folder nothing can be summed up") {
  MissedLog log{"/nonexistent", std::chrono::system_clock::now};
  CHECK_THAT(log.add(registration, 10s).error(), ContainsSubstring("/nonexistent/budget.db"));
  CHECK_FALSE(log.untold());
  const auto one = MissedSums::of(registration, facts::Time{5s});
  CHECK(one.logins == 1);
  CHECK(one.since == facts::Time{5s});
  CHECK(one.lists == Sums{{"entity.deny", 1}, {"client rules", 1}});
}

TEST_CASE_METHOD(Fixture, "networks that there was no budget for wait, each once") {
  for (const auto* about : {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}) ask(about);
  ask("203.0.113.0/24");
  ask("203.0.113.0/24", lacnic_rdap);
  ask("100.64.0.0/24");
  ask("");
  CHECK(state().waiting == 2);
  CHECK(state(lacnic_rdap).waiting == 2);
  CHECK(state({Service::whois, "arin"}).waiting == 0);
  CHECK_FALSE(state({Service::whois, "arin"}).last_asked_by);
  // Both in the first round.
  CHECK(state().last_asked_by == now + 60s);
  ask("100.64.1.0/24");
  CHECK(state().last_asked_by == now + 120s);
  now += 61s;
  ask("203.0.113.0/24");
  CHECK(state().waiting == 2);
}

TEST_CASE_METHOD(Fixture, "those of a server that is closed wait until it opens") {
  Servers{folder.path(), budget, [this] { return now; }}.close(lacnic, 300s, "too much");
  for (int i = 0; i < 5; ++i) ask(std::to_string(i));
  CHECK(state().waiting == 5);
  CHECK(state().last_asked_by == now + 300s + 120s);
}

TEST_CASE_METHOD(Fixture, "who has not come again for a day does not wait any longer") {
  for (int i = 0; i < 5; ++i) ask(std::to_string(i));
  CHECK(state().waiting == 3);
  now += 24h;
  CHECK(state().waiting == 0);
}
