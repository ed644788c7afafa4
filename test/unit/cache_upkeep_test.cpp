#include "cache/upkeep.hpp"

#include <fmt/format.h>

#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

std::string nth_address(unsigned number) {
  return net::Address::v4(0xc0000200U + (number << 8)).str();  // one in each block
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
    REQUIRE(cache.store(address(text), registration(text, text, text)));
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
    REQUIRE(cache.store(address(nth_address(i)), name));
    REQUIRE(cache.store(address(nth_address(i)),
                        registration(nth_address(i), nth_address(i), nth_address(i))));
  }
  now += 1min;
  for (unsigned i = 0; i < 3000; ++i) {  // younger than all of them
    name.reverse_names = asked(facts::ReverseNames{}, 24h);
    REQUIRE(cache.store(address(fmt::format("2001:db8:1:{:x}::{:x}", i % 7, i)), name));
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
  REQUIRE(cache.store(address("2001:db8:1::abcd"), name));
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK(read("2001:db8:1::abcd").reverse_names.known());
  CHECK(cache::count(folder.path(), now)->registrations == 100);
  CHECK(cache::count(folder.path(), now)->entries() == 250);
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
    REQUIRE(cache.store(address(nth_address(i)), facts));
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
  const auto due = [&] { return cache::pruning_due(folder.path(), now).value(); };
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
  CHECK(cache::count(folder.path(), now)->entries() == 1);
  CHECK_FALSE(cache::pruning_due(folder.path(), now).value());
}

TEST_CASE_METHOD(CacheFixture, "entries are counted by what they are") {
  facts::Facts facts;
  facts.reverse_names = asked(facts::ReverseNames{}, 60s);
  facts.origin = asked(facts::Origin{{64500}, *net::Network::parse("192.0.2.0/24"), "", ""});
  facts.as_descriptions = {asked(facts::AsDescription{64500, "EXAMPLE"})};
  facts.registration = failure<facts::Registration>("timeout");
  facts.dnsbl.push_back(asked(facts::DnsblListing{"a.example", {}, ""}));
  facts.dnsbl.push_back(asked(facts::DnsblListing{"b.example", {}, ""}));
  store("192.0.2.1", facts);
  now += 60s;
  const auto counted = cache::count(folder.path(), now);
  REQUIRE(counted);
  CHECK(counted->reverse_names == 1);
  CHECK(counted->origins == 1);
  CHECK(counted->as_descriptions == 1);
  CHECK(counted->registrations == 0);
  CHECK(counted->dnsbl == 2);
  CHECK(counted->failures == 1);
  CHECK(counted->old == 1);
  CHECK(counted->entries() == 6);
  CHECK(counted->bytes > 0);
}

TEST_CASE_METHOD(CacheFixture, "what a killed maker left behind is deleted") {
  folder.write("cache.db.new-abcdef", "half a database");
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK_FALSE(std::filesystem::exists(folder / "cache.db.new-abcdef"));
  CHECK(std::filesystem::exists(folder / "cache.db"));
}

TEST_CASE_METHOD(CacheFixture, "upkeep of a folder that is not there is an error") {
  const auto missing = folder / "missing";
  CHECK_FALSE(cache::prune(missing, settings, now));
  CHECK_FALSE(cache::pruning_due(missing, now));
  CHECK_FALSE(cache::count(missing, now));
}

TEST_CASE_METHOD(CacheFixture, "failures are cleared alone, or with all else, in steps") {
  auto cache = open();
  for (unsigned i = 0; i < 1500; ++i) {
    const auto text = nth_address(i);
    auto facts = registration(text, text, text);
    facts.reverse_names = asked(facts::ReverseNames{});
    facts.reverse_names.knowledge = facts::Knowledge::failed;
    REQUIRE(cache.store(address(text), facts));
  }
  REQUIRE(cache::prune(folder.path(), settings, now));
  CHECK(cache::clear(folder.path(), cache::Clear::failures) == 1500U);
  auto counted = cache::count(folder.path(), now);
  CHECK(counted->failures == 0);
  CHECK(counted->registrations == 1500);
  CHECK(cache::clear(folder.path(), cache::Clear::failures) == 0U);

  CHECK(cache::clear(folder.path(), cache::Clear::everything) == 1500U);
  CHECK(cache::count(folder.path(), now)->entries() == 0);
  CHECK(registered(nth_address(0)) == "-");
  // When it was pruned is known still.
  CHECK(cache::pruning_due(folder.path(), now) == false);
}

TEST_CASE("a cache that cannot be opened cannot be cleared") {
  CHECK_THAT(cache::clear("/nonexistent", cache::Clear::everything).error(),
             ContainsSubstring("folder /nonexistent"));
}
