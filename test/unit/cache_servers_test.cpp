#include "cache/servers.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "cache/account.hpp"
#include "cache/spare_memory.hpp"
#include "cache/upkeep.hpp"
#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::cache;
using namespace std::chrono_literals;
using config::Service;
using std::chrono::milliseconds;

namespace {

const ServerName lacnic{Service::whois, "lacnic"};
const ServerName lacnic_rdap{Service::rdap, "lacnic"};
constexpr auto patient = 60s;

struct Fixture {
  TempFolder folder;
  config::Config::Budget budget;
  facts::Time now{1'700'000'000s};
  /// Of this test's own, so that two runs do not meet.
  key_t spare_key = static_cast<key_t>(0x7e570000 ^ getpid());

  Fixture() { budget.lacnic = {{{}, 3, 60s}}; }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { SpareMemory::remove(spare_key); }

  Servers open() const { return open(folder.path()); }
  Servers open(const std::string& path) const {
    return Servers{path, budget, [this] { return now; }, spare_key};
  }
  /// As a process of its own would.
  std::optional<Refusal> permit(const ServerName& server, milliseconds reach = 0ms) const {
    return open().permit(server, reach, patient);
  }
  unsigned permits(const ServerName& server, unsigned tries) const {
    unsigned granted = 0;
    for (unsigned i = 0; i < tries; ++i) granted += permit(server) ? 0 : 1;
    return granted;
  }
  void close(const ServerName& server, std::chrono::seconds length,
             const std::string& reason) const {
    open().close(server, length, reason);
  }
  ServerState state(const ServerName& server) const {
    const auto states = open().list();
    REQUIRE(states);
    const auto found =
        std::ranges::find_if(*states, [&](const auto& each) { return each.server == server; });
    REQUIRE(found != states->end());
    return *found;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "a server is asked as often as its budget says, and then not before its time") {
  CHECK(permits(lacnic, 10) == 3);
  const auto refusal = permit(lacnic);
  REQUIRE(refusal);
  CHECK(refusal->wait == 60s);
  CHECK(refusal->reason == "its budget of 3/1m is used up until 2023-11-14T22:14:21Z");
  now += 60s - 1ms;
  CHECK(permits(lacnic, 1) == 0);
  now += 1ms;
  CHECK(permits(lacnic, 10) == 3);
}

TEST_CASE_METHOD(Fixture, "both services of a registry share its budget, other registries do not") {
  CHECK(permits(lacnic, 2) == 2);
  CHECK(permits(lacnic_rdap, 10) == 1);
  CHECK(permits(lacnic, 1) == 0);
  CHECK(permits({Service::whois, "arin"}, 5) == 5);
}

TEST_CASE_METHOD(Fixture, "a limit of one service leaves the other alone") {
  budget.ripencc = {{{}, 5, 60s}, {Service::rdap, 2, 24h}};
  const ServerName rdap{Service::rdap, "ripencc"}, whois{Service::whois, "ripencc"};
  CHECK(permits(rdap, 10) == 2);
  CHECK(permits(whois, 10) == 3);
  now += 1h;
  CHECK_THAT(permit(rdap)->reason, ContainsSubstring("budget of rdap:2/1d is used up"));
  CHECK(permits(whois, 10) == 5);
}

TEST_CASE_METHOD(Fixture, "a server without a limit is asked at will") {
  budget.lacnic = {};
  CHECK(permits(lacnic, 50) == 50);
}

TEST_CASE_METHOD(Fixture, "each server that a registry refers to has a budget of its own") {
  budget.other = {{{}, 2, 60s}};
  CHECK(permits({Service::whois, "whois.one.example:43"}, 5) == 2);
  CHECK(permits({Service::whois, "whois.two.example:43"}, 5) == 2);
  CHECK(permits({Service::whois, "lacnic:43"}, 5) == 2);
  CHECK(permits(lacnic, 5) == 3);
}

TEST_CASE_METHOD(Fixture, "a question counts from when it reaches its server at the latest") {
  CHECK_FALSE(permit(lacnic, 5s));
  CHECK_FALSE(permit(lacnic, 1s));
  CHECK_FALSE(permit(lacnic, 3s));
  CHECK(permit(lacnic)->wait == 61s);
  now += 61s;
  CHECK(permits(lacnic, 5) == 1);
  CHECK(permit(lacnic)->wait == 2s);
}

TEST_CASE_METHOD(Fixture,
                 "in no window, wherever it begins, do more questions arrive than the limit") {
  budget.lacnic = {{{}, 7, 10s}};
  std::minstd_rand random{4711};
  std::vector<facts::Time> arrivals;
  auto servers = open();
  for (int i = 0; i < 2000; ++i) {
    now += milliseconds{random() % 700};
    const milliseconds reach{random() % 3000};
    if (servers.permit(lacnic, reach, patient)) continue;
    arrivals.push_back(now + milliseconds{reach.count() == 0 ? 0 : random() % reach.count()});
  }
  std::ranges::sort(arrivals);
  REQUIRE(arrivals.size() > 100);
  for (std::size_t i = 7; i < arrivals.size(); ++i) CHECK(arrivals[i] - arrivals[i - 7] >= 10s);
}

TEST_CASE_METHOD(Fixture, "thirty processes at once take no more than the budget together") {
  budget.lacnic = {{{}, 17, 60s}};
  const auto codes =
      exit_codes_of_children(30, [&](int) { return static_cast<int>(permits(lacnic, 4)); });
  CHECK(std::accumulate(codes.begin(), codes.end(), 0) == 17);
}

TEST_CASE_METHOD(Fixture, "a server that wants to be left alone is, by all processes, until then") {
  close(lacnic, 90s, "HTTP status\t429 \xff");
  const auto refusal = permit(lacnic);
  REQUIRE(refusal);
  CHECK(refusal->wait == 90s);
  CHECK(refusal->reason ==
        "it wants to be left alone until 2023-11-14T22:14:51Z: HTTP status?429 ?");
  CHECK(permits(lacnic_rdap, 1) == 1);
  now += 89s;
  CHECK(permit(lacnic));
  now += 1s;
  CHECK_FALSE(permit(lacnic));
}

TEST_CASE_METHOD(Fixture, "the word that lasts longest counts, and nobody is left alone for ever") {
  close(lacnic, 90s, "first");
  now += 10s;
  close(lacnic, 20s, "second");
  CHECK(permit(lacnic)->wait == 80s);
  close(lacnic, 300s, "third");
  CHECK(permit(lacnic)->wait == 300s);
  const auto closed = state(lacnic).closed;
  REQUIRE(closed);
  CHECK(closed->reason == "third");
  CHECK(closed->since == now - 10s);
  close(lacnic, 1'000'000'000s, "for good");
  CHECK(permit(lacnic)->wait == longest_closed);
  close(lacnic_rdap, -5s, "now");
  CHECK(permit(lacnic_rdap)->wait == 1s);
}

TEST_CASE_METHOD(Fixture, "a clock that was ahead neither opens nor closes a server for long") {
  now += 24h * 365;
  CHECK(permits(lacnic, 5) == 3);
  close(lacnic_rdap, 1h, "429");
  now -= 24h * 365;
  CHECK(permit(lacnic)->wait == 60s);
  CHECK_FALSE(state(lacnic_rdap).closed);
  now += 60s;
  CHECK(permits(lacnic_rdap, 5) == 3);
}

TEST_CASE_METHOD(Fixture, "the list shows what each server was asked, and its state") {
  CHECK(permits(lacnic, 2) == 2);
  close(lacnic_rdap, 90s, "HTTP status 429");
  CHECK(permits({Service::whois, "rwhois.example:4321"}, 1) == 1);
  now += 1s;
  const auto states = open().list();
  REQUIRE(states);
  CHECK(states->size() == 5 * 2 + 2 + 1);
  const auto whois = state(lacnic), rdap = state(lacnic_rdap);
  REQUIRE(whois.used.size() == 1);
  CHECK(whois.used[0].asked == 2);
  CHECK(whois.used[0].limit.count == 3);
  CHECK(whois.asked_last == now - 1s);
  CHECK_FALSE(whois.full_until);
  CHECK_FALSE(whois.closed);
  REQUIRE(rdap.closed);
  CHECK(rdap.closed->until == now + 89s);
  CHECK_FALSE(rdap.asked_last);
  CHECK(states->back().server.name == "rwhois.example:4321");
  CHECK(permits(lacnic, 5) == 1);
  CHECK(state(lacnic).full_until == now + 59s);
  now += 120s;
  CHECK(state(lacnic).used[0].asked == 0);
  CHECK_FALSE(state(lacnic_rdap).closed);
}

TEST_CASE_METHOD(Fixture, "servers that strangers name do not fill the cache") {
  auto servers = open();
  unsigned granted = 0;
  for (int i = 0; i < 1100; ++i) {
    const ServerName other{Service::whois, "h" + std::to_string(i) + ".example:43"};
    granted += servers.permit(other, 0ms, patient) ? 0 : 1;
  }
  CHECK(granted == 1000);
  CHECK_FALSE(servers.permit(lacnic, 0ms, patient));
  now += 24h * 8;
  CHECK_FALSE(servers.permit({Service::whois, "late.example:43"}, 0ms, patient));
  CHECK(servers.list()->size() == 5 * 2 + 2 + 1);
}

TEST_CASE("a server's name is a registry's, or a stranger's with a port") {
  for (const auto* name : {"arin", "cymru", "whois.example:43", "[2001:db8::1]:43", "arin:43"}) {
    CHECK(ServerName{Service::whois, name}.valid());
  }
  const auto long_name = std::string(300, 'x') + ":43";
  for (const auto& name : {std::string{"example"}, std::string{}, std::string{"a b:43"},
                           std::string{"a\n:43"}, std::string{"\xff:43"}, long_name}) {
    INFO(name);
    CHECK_FALSE(ServerName{Service::whois, name}.valid());
  }
}

TEST_CASE_METHOD(Fixture,
                 "while somebody else writes for too long there is no permit, for a second") {
  CHECK(permits(lacnic, 1) == 1);
  SQLite::Database other{folder / "cache.db", SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  auto servers = open();
  const auto refusal = servers.permit(lacnic, 0ms, 10ms);
  REQUIRE(refusal);
  CHECK(refusal->wait == 1s);
  CHECK_THAT(refusal->reason, ContainsSubstring("busy"));
  CHECK(servers.trouble().empty());
  other.exec("ROLLBACK");
  CHECK_FALSE(servers.permit(lacnic, 0ms, patient));
}

TEST_CASE_METHOD(Fixture, "a database that is damaged or of another version is begun anew") {
  SECTION("damaged") {
    folder.write("cache.db", std::string(50'000, 'x'));
  }
  SECTION("of another version") {
    SQLite::Database old{folder / "cache.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("CREATE TABLE entry(key BLOB PRIMARY KEY); PRAGMA user_version=4711");
  }
  CHECK(permits(lacnic, 5) == 3);
}

TEST_CASE_METHOD(Fixture, "without a state folder all processes together keep to the budget, too") {
  const auto nowhere = folder / "missing";
  budget.lacnic = {{{}, 17, 60s}, {Service::whois, 100, 24h}};
  const auto codes = exit_codes_of_children(30, [&](int) {
    int granted = 0;
    for (int i = 0; i < 4; ++i) {
      auto servers = open(nowhere);
      granted += servers.permit(lacnic, 0ms, patient) ? 0 : 1;
      if (servers.trouble().find(nowhere) == std::string::npos) return 200;
    }
    return granted;
  });
  CHECK(std::accumulate(codes.begin(), codes.end(), 0) == 17);
  auto servers = open(nowhere);
  CHECK(servers.permit(lacnic, 0ms, patient)->wait == 60s);
  now += 60s;
  CHECK_FALSE(servers.permit(lacnic, 5s, patient));
  now += 60s;
  for (int i = 0; i < 16; ++i) CHECK_FALSE(servers.permit(lacnic, 0ms, patient));
  CHECK(servers.permit(lacnic, 0ms, patient)->wait == 5s);
}

TEST_CASE_METHOD(Fixture, "without a state folder a server that wants to be left alone is, too") {
  auto servers = open(folder / "missing");
  servers.close(lacnic, 90s, "429");
  auto other = open(folder / "missing");
  CHECK(other.permit(lacnic, 0ms, patient)->wait == 90s);
  CHECK_FALSE(other.permit(lacnic_rdap, 0ms, patient));
  now += 90s;
  CHECK_FALSE(other.permit(lacnic, 0ms, patient));
  CHECK_FALSE(other.list());
}

TEST_CASE_METHOD(Fixture, "without any memory no server is asked that has a limit") {
  spare_key = static_cast<key_t>(0x7e580000 ^ getpid());
  const int other_size = shmget(spare_key, 1, IPC_CREAT | 0600);  // too small for ours
  REQUIRE(other_size >= 0);
  auto servers = open(folder / "missing");
  const auto refusal = servers.permit(lacnic, 0ms, patient);
  REQUIRE(refusal);
  CHECK_THAT(refusal->reason, ContainsSubstring("its budget is not known: "));
  budget.lacnic = {};
  CHECK_FALSE(open(folder / "missing").permit(lacnic, 0ms, patient));
}

TEST_CASE_METHOD(Fixture,
                 "a process that dies with the spare memory in hand leaves it to the others") {
  CHECK(exit_code_of_child([&] {
          auto servers = Servers{folder / "missing", budget,
                                 []() -> facts::Time { _exit(42); },  // asked with the lock in hand
                                 spare_key};
          (void)servers.permit(lacnic, 0ms, patient);
          return 0;
        }) == 42);
  CHECK_FALSE(open(folder / "missing").permit(lacnic, 0ms, patient));
}

TEST_CASE_METHOD(Fixture, "pruning the cache makes no server forget what it was asked") {
  budget.lacnic = {{{}, 3, 24h * 7}};
  CHECK(permits(lacnic, 5) == 3);
  close(lacnic_rdap, 2h, "429");
  config::Config::Cache settings;
  settings.stale = 0s;
  settings.ttl = settings.negative_ttl = 1s;
  settings.max_entries = 1;
  for (const auto later : {0h, 1h}) {
    now += later;
    const auto pruned = prune(folder.path(), settings, now);
    REQUIRE(pruned);
    CHECK(pruned->expired + pruned->evicted == 0);
    CHECK(permits(lacnic, 1) == 0);
    CHECK(state(lacnic_rdap).closed);
  }
  CHECK(count(folder.path(), now)->entries() == 0);
}

TEST_CASE("an account is what it was when it is read back, and rubbish is an empty one") {
  const config::Limits limits{{{}, 3, 60s}, {Service::rdap, 1, 24h}};
  constexpr std::int64_t now = 1'700'000'000'000;
  Account account;
  CHECK_FALSE(account.permit(Service::rdap, limits, now, now + 7));
  CHECK_FALSE(account.permit(Service::whois, limits, now, now + 8));
  account.close(Service::whois, now, now + 5000, "why");
  const auto bytes = account.encode();
  auto again = Account::decode(bytes);
  CHECK(again.encode() == bytes);
  CHECK(again.expires() == now + 8 + 24 * 3600 * 1000);
  CHECK(again.permit(Service::whois, limits, now, now)->wait == 5s);
  CHECK(again.permit(Service::rdap, limits, now, now)->wait == 24h + 7ms);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto cut = Account::decode(std::string_view{bytes}.substr(0, size));
    (void)cut.permit(Service::whois, limits, now, now);
    (void)cut.state({Service::whois, "lacnic"}, limits, now);
  }
  CHECK(Account::decode(std::string(100, '\xff')).encode() == Account{}.encode());
  CHECK(Account::decode("rubbish").encode() == Account{}.encode());
}
