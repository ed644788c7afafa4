#include "cache/upkeep.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

std::string nth_address(unsigned number) {
  return net::Address::v4(0xc0000200U + (number << 8)).str();  // one in each block
}

/// Entries; with `also`, those of which that is true. The row that says when it was pruned is none.
int entries(const CacheFixture& test, const std::string& also = "1") {
  SQLite::Database database{test.folder / "cache.db"};
  return database
      .execAndGet("SELECT count(*) FROM entry WHERE key <> CAST('pruned' AS BLOB) AND " + also)
      .getInt();
}

/// Keys about IPv4 networks.
std::string of_kind(char letter) {
  return fmt::format(
      "substr(key, 1, 1) = CAST('4' AS BLOB) AND substr(key, 7, 1) = CAST('{}' AS BLOB)", letter);
}

}  // namespace

TEST_CASE_METHOD(CacheFixture, "what is past its staleness is deleted, the rest stays") {
  store("192.0.2.1", registration("OLD", "192.0.2.0", "192.0.2.255"));
  now += 8 * 24h - 1s;
  store("198.51.100.1", registration("NEW", "198.51.100.0", "198.51.100.255"));
  auto pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->expired == 0);
  CHECK(pruned->left == 2);
  now += 1s;
  pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->expired == 1);
  CHECK(pruned->evicted == 0);
  CHECK(pruned->left == 1);
  CHECK(registered("198.51.100.1") == "NEW");
}

TEST_CASE_METHOD(CacheFixture, "what a wrong clock dated far ahead is deleted") {
  now += 10 * 365 * 24h;
  store("192.0.2.1", registration("FUTURE", "192.0.2.0", "192.0.2.255"));
  now -= 10 * 365 * 24h;
  const auto pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->expired == 1);
}

TEST_CASE_METHOD(CacheFixture, "beyond max_entries the oldest go, in steps") {
  settings.max_entries = 100;
  auto cache = open();
  for (unsigned i = 0; i < 2600; ++i) {
    const auto text = nth_address(i);
    REQUIRE(cache.store(address(text), registration(text, text, text), patience));
    now += 1s;
  }
  const auto pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->expired == 0);
  CHECK(pruned->evicted == 2500);
  CHECK(pruned->left == 100);
  CHECK(registered(nth_address(2499)) == "-");
  CHECK(registered(nth_address(2500)) == nth_address(2500));

  now += 30 * 24h;
  const auto all = cache::prune(folder.path(), settings, now);
  REQUIRE(all);
  CHECK(all->expired == 100);
  CHECK(all->left == 0);
}

TEST_CASE_METHOD(CacheFixture, "one network cannot push out what is known of the others") {
  settings.max_entries = 400;
  auto cache = open();
  facts::Facts name;
  for (unsigned i = 0; i < 100; ++i) {
    name.reverse_names = asked(facts::ReverseNames{}, 1h);
    REQUIRE(cache.store(address(nth_address(i)), name, patience));
    REQUIRE(cache.store(address(nth_address(i)),
                        registration(nth_address(i), nth_address(i), nth_address(i)), patience));
  }
  now += 1min;
  for (unsigned i = 0; i < 3000; ++i) {  // younger than all of them
    name.reverse_names = asked(facts::ReverseNames{}, 24h);
    REQUIRE(cache.store(address(fmt::format("2001:db8:1:{:x}::{:x}", i % 7, i)), name, patience));
  }
  const auto pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->evicted == 2800);
  CHECK(pruned->left == 400);
  for (unsigned i = 0; i < 100; ++i) {
    CHECK(registered(nth_address(i)) == nth_address(i));
    CHECK(read(nth_address(i)).reverse_names.known());
  }

  // Of such a network what expires first goes.
  settings.max_entries = 250;
  now += 1min;
  name.reverse_names = asked(facts::ReverseNames{}, 24h);
  REQUIRE(cache.store(address("2001:db8:1::abcd"), name, patience));
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK(read("2001:db8:1::abcd").reverse_names.known());
  CHECK(entries(*this, of_kind('n')) == 100);
  CHECK(entries(*this) == 250);
}

TEST_CASE_METHOD(CacheFixture,
                 "of more blocks than there is room for, the latest stay as a whole") {
  settings.max_entries = 100;
  auto cache = open();
  for (unsigned i = 0; i < 100; ++i) {
    now += 1s;
    auto facts = registration(nth_address(i), nth_address(i), nth_address(i));
    facts.origin = asked(facts::Origin{{64500 + i}, {}, "", ""}, 24h);
    facts.reverse_names = asked(facts::ReverseNames{}, 24h);
    REQUIRE(cache.store(address(nth_address(i)), facts, patience));
  }
  REQUIRE(cache::prune(folder.path(), settings, now)->evicted == 200);
  for (unsigned i = 70; i < 100; ++i) {
    const auto facts = read(nth_address(i));
    CHECK(facts.registration.known());
    CHECK(facts.origin.known());
    CHECK(facts.reverse_names.known());
  }
  CHECK(registered(nth_address(0)) == "-");
}

TEST_CASE_METHOD(CacheFixture, "the cache is to be pruned an hour after it was last") {
  const auto due = [&] { return cache::pruning_due(folder.path(), now, patience).value(); };
  CHECK(due());
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK_FALSE(due());
  now += 1h - 1s;
  CHECK_FALSE(due());
  now += 1s;
  CHECK(due());
  now -= 2h;  // the clock was set back
  CHECK(due());
}

TEST_CASE_METHOD(CacheFixture, "that the cache was pruned is no answer, and is not forgotten") {
  settings.max_entries = 1;
  for (const auto* text : {"192.0.2.1", "198.51.100.1"}) {
    store(text, registration(text, text, text));
    now += 1s;
  }
  const auto pruned = cache::prune(folder.path(), settings, now);
  REQUIRE(pruned);
  CHECK(pruned->evicted == 1);
  CHECK(pruned->left == 1);
  CHECK(registered("198.51.100.1") == "198.51.100.1");
  CHECK(entries(*this) == 1);
  CHECK_FALSE(cache::pruning_due(folder.path(), now, patience).value());
}

TEST_CASE_METHOD(CacheFixture, "upkeep of a folder that is not there is an error") {
  const auto missing = folder / "missing";
  CHECK_FALSE(cache::prune(missing, settings, now));
  CHECK_FALSE(cache::pruning_due(missing, now, patience));
}

TEST_CASE_METHOD(CacheFixture, "failures are cleared alone, or with all else, in steps") {
  auto cache = open();
  for (unsigned i = 0; i < 1500; ++i) {
    const auto text = nth_address(i);
    auto facts = registration(text, text, text);
    facts.reverse_names = asked(facts::ReverseNames{});
    facts.reverse_names.knowledge = facts::Knowledge::failed;
    REQUIRE(cache.store(address(text), facts, patience));
  }
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK(cache::clear(folder.path(), cache::Clear::failures) == 1500U);
  CHECK(entries(*this, of_kind('R')) == 0);
  CHECK(entries(*this, of_kind('n')) == 1500);
  CHECK(cache::clear(folder.path(), cache::Clear::failures) == 0U);

  CHECK(cache::clear(folder.path(), cache::Clear::everything) == 1500U);
  CHECK(entries(*this) == 0);
  CHECK(registered(nth_address(0)) == "-");
  // When it was pruned is known still.
  CHECK(cache::pruning_due(folder.path(), now, patience) == false);
}

TEST_CASE("a cache that cannot be opened cannot be cleared") {
  CHECK_THAT(cache::clear("/nonexistent", cache::Clear::everything).error(),
             ContainsSubstring("/nonexistent/cache.db"));
}
