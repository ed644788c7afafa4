#include "cache/recent.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "cache/cache.hpp"
#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using facts::Provenance;

namespace {

/// A cache that one process keeps from login to login.
struct KeptCache : CacheFixture {
  std::optional<cache::Cache> kept;

  /// What a login learns from it.
  facts::Facts login(const std::string& about, const facts::Wanted& wanted = everything()) {
    if (!kept) kept = open();
    REQUIRE(kept->reopen(folder.path(), settings, patience));
    facts::Facts facts;
    const auto read = kept->read(address(about), wanted, facts, now);
    INFO((read ? "" : read.error()));
    REQUIRE(read);
    return facts;
  }

  std::string name_of(const std::string& about) {
    const auto facts = login(about);
    return facts.registration.known() ? facts.registration.value.name : "-";
  }

  void delete_all() const {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    database.exec("DELETE FROM entry");
  }
};

}  // namespace

TEST_CASE_METHOD(KeptCache, "what others store is seen by the next login of a kept cache") {
  CHECK(name_of("192.0.2.1") == "-");
  CHECK(name_of("192.0.2.1") == "-");
  store("192.0.2.1", registration("ONE", "192.0.2.0", "192.0.2.255"));
  CHECK(name_of("192.0.2.1") == "ONE");
  CHECK(name_of("192.0.2.1") == "ONE");
  CHECK(name_of("192.0.2.2") == "ONE");
  store("192.0.2.1", registration("TWO", "192.0.2.0", "192.0.2.255"));
  CHECK(name_of("192.0.2.1") == "TWO");
  CHECK(name_of("192.0.2.2") == "TWO");
  delete_all();
  CHECK(name_of("192.0.2.1") == "-");
}

TEST_CASE_METHOD(KeptCache, "what it stores itself is seen by its next login, too") {
  CHECK(name_of("192.0.2.1") == "-");
  REQUIRE(
      kept->store(address("192.0.2.1"), registration("ONE", "192.0.2.0", "192.0.2.255"), patience));
  CHECK(name_of("192.0.2.1") == "ONE");
  REQUIRE(
      kept->store(address("192.0.2.1"), registration("TWO", "192.0.2.0", "192.0.2.255"), patience));
  CHECK(name_of("192.0.2.1") == "TWO");
}

TEST_CASE_METHOD(KeptCache, "a kept cache lets answers and failures grow old") {
  facts::Facts facts;
  facts.reverse_names = failure<facts::ReverseNames>("SERVFAIL", 600s);
  facts.registration = registration("NET", "192.0.2.0", "192.0.2.255").registration;
  store("192.0.2.1", facts);
  for (int again = 0; again < 3; ++again) {
    CHECK(login("192.0.2.1").reverse_names.failed());
    CHECK(login("192.0.2.1").registration.from == Provenance::cache);
  }
  now += 600s - 1s;
  CHECK(login("192.0.2.1").reverse_names.failed());
  now += 1s;
  CHECK(login("192.0.2.1").reverse_names.knowledge == facts::Knowledge::not_asked);
  CHECK(login("192.0.2.1").registration.from == Provenance::cache);
  now += 24h - 600s - 1s;
  CHECK(login("192.0.2.1").registration.from == Provenance::cache);
  now += 1s;
  CHECK(login("192.0.2.1").registration.from == Provenance::stale_cache);
  CHECK(login("192.0.2.1").registration.from == Provenance::stale_cache);
  now += 7 * 24h;
  CHECK(name_of("192.0.2.1") == "-");
}

TEST_CASE_METHOD(KeptCache, "neither another clock nor other settings leave it what was read") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  CHECK(name_of("192.0.2.1") == "NET");
  now -= 24h + 1s;
  CHECK(name_of("192.0.2.1") == "-");
  now += 12h;
  CHECK(name_of("192.0.2.1") == "NET");
  now += 13h + 1s;
  CHECK(login("192.0.2.1").registration.from == Provenance::cache);
  settings.ttl = 1h;
  CHECK(login("192.0.2.1").registration.from == Provenance::stale_cache);
}

TEST_CASE_METHOD(KeptCache, "who wants more than was read gets it") {
  auto facts = registration("NET", "192.0.2.0", "192.0.2.255");
  facts.reverse_names = asked(facts::ReverseNames{{"mail.example", facts::Confirmed::yes}}, 600s);
  store("192.0.2.1", facts);
  const facts::Wanted names{true, false, false, false, false, {}};
  CHECK(login("192.0.2.1", names).reverse_names.known());
  CHECK_FALSE(login("192.0.2.1", names).registration.known());
  CHECK(login("192.0.2.1").registration.known());
  CHECK_FALSE(login("192.0.2.1", names).registration.known());
}

TEST_CASE_METHOD(KeptCache, "a kept cache that was deleted is let go of") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  CHECK(name_of("192.0.2.1") == "NET");
  std::filesystem::remove(folder / "cache.db");
  CHECK_FALSE(kept->reopen(folder.path(), settings, patience));
}

TEST_CASE("a few recent addresses are kept, as long as the database is the same", "[cache]") {
  cache::Recent recent;
  const auto address = [](std::size_t number) {
    return net::Address::parse(fmt::format("192.0.{}.{}", number / 256, number % 256)).value();
  };
  const facts::Wanted wanted;
  const base::Database::Version one{{1}, 7}, two{{2}, 7}, moved{{2}, 8};
  recent.begin(one);
  for (std::size_t number = 0; number < cache::Recent::most_addresses; ++number) {
    recent.keep(address(number), wanted, {}, 100, 200);
  }
  CHECK(recent.find(address(0), wanted, 99) == nullptr);
  CHECK(recent.find(address(0), wanted, 100) != nullptr);
  CHECK(recent.find(address(0), wanted, 199) != nullptr);
  CHECK(recent.find(address(0), wanted, 200) == nullptr);
  recent.keep(address(0), wanted, {}, 100, 200);
  CHECK(recent.find(address(1), wanted, 150) != nullptr);
  recent.keep(address(1000), wanted, {}, 100, 200);
  CHECK(recent.find(address(0), wanted, 150) == nullptr);
  CHECK(recent.find(address(1000), wanted, 150) != nullptr);
  recent.begin(one);
  CHECK(recent.find(address(1000), wanted, 150) != nullptr);
  recent.begin(two);
  CHECK(recent.find(address(1000), wanted, 150) == nullptr);
  const auto number = recent.keep(address(1000), wanted, {}, 100, 200);
  CHECK(recent.find(address(1000), wanted, 150)->number == number);
  CHECK(recent.keep(address(1000), wanted, {}, 100, 200) != number);
  recent.begin(moved);
  CHECK(recent.find(address(1000), wanted, 150) == nullptr);
  CHECK(cache::Recent{}.keep(address(1000), wanted, {}, 100, 200) != number);
  CHECK(recent.keep(address(1000), wanted, {}, 100, 200) != number);
  recent.forget();
  recent.begin(moved);
  CHECK(recent.find(address(1000), wanted, 150) == nullptr);
}
