#include "budget/servers.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::budget;
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

  Fixture() { budget.lacnic = {{{}, 3, 60s}}; }

  Servers open() const { return open(folder.path()); }
  Servers open(const std::string& path) const {
    return Servers{path, budget, [this] { return now; }};
  }
  /// As a process of its own would.
  std::optional<Refusal> permit(const ServerName& server, milliseconds reach = 0ms,
                                const Purpose& purpose = {}) const {
    return open().permit(server, purpose, reach, patient);
  }
  unsigned permits(const ServerName& server, unsigned tries, const Purpose& purpose = {}) const {
    unsigned granted = 0;
    for (unsigned i = 0; i < tries; ++i) granted += permit(server, 0ms, purpose) ? 0 : 1;
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
  // The later ones may have been quicker, but count no shorter.
  CHECK(permit(lacnic)->wait == 65s);
  now += 65s - 1ms;
  CHECK(permits(lacnic, 1) == 0);
  now += 1ms;
  CHECK(permits(lacnic, 5) == 3);
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
    if (servers.permit(lacnic, {}, reach, patient)) continue;
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

TEST_CASE_METHOD(Fixture, "a closing of a clock that was ahead begins when it is seen") {
  now += 2h;
  close(lacnic, 10min, "too much");
  now -= 2h;
  CHECK(permit(lacnic)->wait == 10min);
  now += 4min;
  REQUIRE(state(lacnic).closed);
  CHECK(state(lacnic).closed->until == now + 6min);
  now += 6min;
  CHECK_FALSE(state(lacnic).closed);
  CHECK_FALSE(permit(lacnic));
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
    granted += servers.permit(other, {}, 0ms, patient) ? 0 : 1;
  }
  CHECK(granted == 1000);
  CHECK_FALSE(servers.permit(lacnic, {}, 0ms, patient));
  now += 24h * 8;
  CHECK_FALSE(servers.permit({Service::whois, "late.example:43"}, {}, 0ms, patient));
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
  SQLite::Database other{folder / "budget.db", SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  auto servers = open();
  const auto refusal = servers.permit(lacnic, {}, 0ms, 10ms);
  REQUIRE(refusal);
  CHECK(refusal->wait == 1s);
  CHECK_THAT(refusal->reason, ContainsSubstring("busy"));
  CHECK(servers.trouble().empty());
  other.exec("ROLLBACK");
  CHECK_FALSE(servers.permit(lacnic, {}, 0ms, patient));
}

TEST_CASE_METHOD(Fixture,
                 "a login waits once for who keeps the budget locked, whatever it asks then") {
  CHECK(permits(lacnic, 1) == 1);
  SQLite::Database other{folder / "budget.db", SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  auto servers = open();
  CHECK(servers.permit(lacnic, {}, 0ms, 10ms));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(servers.permit(lacnic, {}, 0ms, patient));
  CHECK(servers.permit(lacnic_rdap, {}, 0ms, patient));
  servers.close(lacnic, 90s, "429");
  servers.did_not_answer(Source::nameservers());
  CHECK_FALSE(servers.list());
  CHECK(std::chrono::steady_clock::now() - begin < patient / 4);
}

TEST_CASE_METHOD(Fixture, "a database that is damaged or of another version is begun anew") {
  SECTION("damaged") {
    folder.write("budget.db", std::string(50'000, 'x'));
  }
  SECTION("of another version") {
    SQLite::Database old{folder / "budget.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("CREATE TABLE question(key BLOB PRIMARY KEY); PRAGMA user_version=4711");
  }
  SECTION("of another version, with a table of SQLite's own") {
    SQLite::Database old{folder / "budget.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec(
        "CREATE TABLE server(number INTEGER PRIMARY KEY AUTOINCREMENT);"
        "CREATE TABLE two(one INTEGER REFERENCES server(number));"
        "CREATE VIEW question AS SELECT * FROM server; PRAGMA user_version=4711");
  }
  SECTION("with other tables than those of its version") {
    CHECK(permits(lacnic, 1) == 1);
    SQLite::Database damaged{folder / "budget.db", SQLite::OPEN_READWRITE};
    damaged.exec(GENERATE("DROP TABLE question", "ALTER TABLE server RENAME COLUMN asked TO oshed",
                          "ALTER TABLE question RENAME COLUMN reached TO reeched"));
  }
  CHECK(permits(lacnic, 5) == 3);
}

TEST_CASE_METHOD(Fixture, "a database that is damaged while it is open is begun anew") {
  auto servers = open();
  CHECK_FALSE(servers.permit(lacnic, {}, 0ms, patient));
  std::filesystem::resize_file(folder / "budget.db", 4096);
  CHECK(permits(lacnic, 1) == 1);
  CHECK_FALSE(servers.permit(lacnic, {}, 0ms, patient));
  CHECK(servers.trouble().empty());
  CHECK(permits(lacnic, 5) == 1);
}

TEST_CASE_METHOD(Fixture, "the counts are for their owner alone, whatever the umask") {
  const auto before = umask(0);
  CHECK(permits(lacnic, 1) == 1);
  umask(before);
  for (const auto* name : {"budget.db", "budget.db-wal", "budget.db-shm"}) {
    struct stat status {};
    REQUIRE(stat((folder / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
}

TEST_CASE_METHOD(Fixture, "a process that is killed amid a permit leaves nothing half done") {
  CHECK(permits(lacnic, 1) == 1);
  CHECK(exit_code_of_child([&] {
          auto servers = Servers{folder.path(), budget,
                                 []() -> facts::Time { _exit(42); }};  // asked in the transaction
          (void)servers.permit(lacnic, {}, 0ms, patient);
          return 0;
        }) == 42);
  CHECK(permits(lacnic, 5) == 2);
}

TEST_CASE_METHOD(Fixture, "where nothing can be counted no server is asked that has a limit") {
  const auto nowhere = folder / "missing";
  auto servers = open(nowhere);
  const auto refusal = servers.permit(lacnic, {}, 0ms, patient);
  REQUIRE(refusal);
  CHECK(refusal->wait == 1s);
  CHECK(refusal->reason ==
        "its budget is not known: " + nowhere + "/budget.db: No such file or directory");
  CHECK(servers.trouble() == nowhere + "/budget.db: No such file or directory");
  CHECK_FALSE(servers.list());
  servers.close(lacnic, 90s, "429");
  budget.lacnic = {};
  CHECK_FALSE(open(nowhere).permit(lacnic, {}, 0ms, patient));
}

TEST_CASE_METHOD(Fixture,
                 "one allocation gets a quarter of each limit, and two questions at least") {
  budget.lacnic = {{{}, 40, 60s}};
  const Purpose one{true, {*net::Network::parse("2001:db8::/32")}};
  const Purpose other{true, {*net::Network::parse("2001:db9::/32")}};
  CHECK(permits(lacnic, 20, one) == 10);
  CHECK(permit(lacnic_rdap, 0ms, one)->reason ==
        "its budget of 10/1m for 2001:db8::/32 is used up until 2023-11-14T22:14:21Z");
  CHECK(permits(lacnic, 20, other) == 10);
  CHECK(permits(lacnic, 30) == 20);
  now += 60s;
  budget.lacnic = {{{}, 7, 60s}};
  CHECK(permits(lacnic, 5, one) == 2);
  now += 60s;
  budget.lacnic = {{{}, 1, 60s}};
  CHECK(permits(lacnic, 5, one) == 1);
}

TEST_CASE_METHOD(Fixture, "a network within a larger one has a share of that one's share") {
  budget.lacnic = {{{}, 40, 60s}};
  const auto wide = *net::Network::parse("177.0.0.0/10");
  CHECK(permits(lacnic, 20, {true, {wide, *net::Network::parse("177.1.0.0/16")}}) == 10);
  CHECK(permits(lacnic, 20, {true, {wide, *net::Network::parse("177.2.0.0/16")}}) == 0);
  CHECK(permits(lacnic, 20, {true, {*net::Network::parse("177.2.0.0/16")}}) == 10);
}

TEST_CASE_METHOD(Fixture, "who has not shown a password gets half of each limit") {
  budget.lacnic = {{{}, 8, 60s}};
  const Purpose unproven{false, {}};
  CHECK(permits(lacnic, 10, unproven) == 4);
  CHECK(permit(lacnic, 0ms, unproven)->reason ==
        "its budget of 4/1m for logins without a checked password is used up until "
        "2023-11-14T22:14:21Z");
  CHECK(permits(lacnic, 10) == 4);
  now += 60s;
  CHECK(permits(lacnic, 10) == 8);
  CHECK(permits(lacnic, 10, unproven) == 0);
}

TEST_CASE_METHOD(Fixture, "a question is kept for as long as a limit counts it, and no longer") {
  const ServerName rdap{Service::rdap, "ripencc"}, whois{Service::whois, "ripencc"};
  auto servers = open();
  for (int i = 0; i < 3000; ++i) {  // the defaults: 120/1m rdap:500/24h
    now += 501ms;
    CHECK_FALSE(servers.permit(whois, {}, 0ms, patient));
  }
  now += 1s;
  CHECK(permits(rdap, 1) == 1);
  SQLite::Database database{folder / "budget.db"};
  CHECK(database.execAndGet("SELECT count(*) FROM question").getInt() <= 121);
  CHECK(database.execAndGet("PRAGMA page_count").getInt() < 20);
}

TEST_CASE_METHOD(Fixture, "a permit costs the same after a hundred thousand questions") {
  budget.ripencc = {{{}, 1'000'000, 24h}};
  const ServerName whois{Service::whois, "ripencc"};
  const auto pages_read = [&] {
    SQLite::Database database{folder / "budget.db", SQLite::OPEN_READWRITE};
    return database.execAndGet("PRAGMA page_count").getInt();
  };
  CHECK(permits(whois, 1) == 1);
  {
    SQLite::Database database{folder / "budget.db", SQLite::OPEN_READWRITE};
    database.exec(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO question SELECT 'ripencc', i, reached, expires FROM n, question"
        " WHERE scope = 'ripencc' AND number = 1");
  }
  CHECK(pages_read() > 1000);
  auto servers = open();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) CHECK_FALSE(servers.permit(whois, {}, 0ms, patient));
  // 0.05 ms each; a list of them read or written would be 5 ms.
  CHECK(std::chrono::steady_clock::now() - begin < 400ms);
  budget.ripencc = {{{}, 100'200, 24h}};
  CHECK(permit(whois)->wait == 24h);
}
