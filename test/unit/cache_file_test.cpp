// cache.db as a file: base_database_test.cpp has what is true of every database.

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <unistd.h>

#include "cache/rows.hpp"
#include "cache/upkeep.hpp"
#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

struct FileFixture : CacheFixture {
  std::string path = folder / "cache.db";

  FileFixture() { store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255")); }

  [[nodiscard]] SQLite::Database another() const {
    return SQLite::Database{path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  }
  [[nodiscard]] auto read_error(const std::string& about) const {
    auto cache = open();
    facts::Facts facts;
    const auto read = cache.read(address(about), everything(), facts, now);
    CHECK_FALSE(facts.registration.known());
    return read ? "no error" : read.error();
  }
  void check_that_it_was_begun_anew() const {
    CHECK(registered("192.0.2.1") == "-");
    store("192.0.2.1", registration("NEW", "192.0.2.0", "192.0.2.255"));
    CHECK(registered("192.0.2.1") == "NEW");
  }
};

}  // namespace

TEST_CASE_METHOD(FileFixture, "reading does not write") {
  const auto database = read_whole_file(path);
  CHECK(registered("192.0.2.1") == "NET");
  CHECK(registered("198.51.100.1") == "-");
  CHECK(read_whole_file(path) == database);
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 3);
}

TEST_CASE_METHOD(FileFixture,
                 "damage within the database is found when reading, storing, pruning") {
  {
    auto cache = open();
    for (unsigned i = 0; i < 2000; ++i) {
      const auto text = net::Address::v4(0xc0000200U + (i << 8)).str();
      REQUIRE(cache.store(address(text), registration(text, text, text), patience));
    }
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const auto size = std::filesystem::file_size(path);
    const std::string junk(size - 2 * 4096, '\xa5');
    REQUIRE(pwrite(file, junk.data(), junk.size(), 2 * 4096) == static_cast<ssize_t>(junk.size()));
    close(file);
  }
  std::string error;
  SECTION("reading") {
    error = read_error("192.0.2.1");
  }
  SECTION("storing") {
    auto cache = open();
    const auto stored = cache.store(address("198.51.100.1"),
                                    registration("NET", "198.51.100.0", "198.51.100.9"), patience);
    error = stored ? "no error" : stored.error();
  }
  SECTION("pruning") {
    error = cache::prune(folder.path(), settings, now).error();
  }
  CHECK(error == path + ": database disk image is malformed; it was begun anew");
  check_that_it_was_begun_anew();
}

TEST_CASE_METHOD(FileFixture, "a value that is not the one that was stored is damage") {
  const std::string change = GENERATE(
      "value = (SELECT value FROM entry WHERE CAST(value AS TEXT) NOT LIKE 'NET%')",  // whole, and
                                                                                      // another's
      "value = substr(value, 1, length(value) - 1)", "value = replace(value, 'DE', 'FR')",
      "value = x''", "key = CAST(x'34c0000300' || substr(key, 6) AS BLOB)");
  store("198.51.100.1", registration("OTHER", "198.51.100.0", "198.51.100.255"));
  REQUIRE(another().exec("UPDATE entry SET " + change + " WHERE CAST(value AS TEXT) LIKE 'NET%'") ==
          1);
  CHECK(read_error(change.starts_with("key") ? "192.0.3.1" : "192.0.2.1") ==
        path + ": an entry's checksum is wrong; it was begun anew");
  check_that_it_was_begun_anew();
}

TEST_CASE_METHOD(FileFixture, "no half of a page is believed") {
  // As a power failure may leave it on a disk with sectors of 512 bytes: the first part of each
  // page as it is now, the rest as it was before.
  const auto nth = [](unsigned i) { return net::Address::v4(0xc6336400U + (i << 8)).str(); };
  constexpr unsigned rows = 100;
  const auto whole_with = [&](char letter) {
    for (unsigned i = 0; i < rows; ++i) {
      auto facts = registration(std::string(100, letter), nth(i), nth(i));
      facts.registration.value.entities = {std::string(300, letter)};
      store(nth(i), facts);
    }
    return read_whole_file(path);
  };
  const auto earlier = whole_with('E'), later = whole_with('L');
  REQUIRE(earlier.size() == later.size());
  unsigned refused = 0;
  for (std::size_t kept = 512; kept < 4096; kept += 512) {
    auto torn = later;
    for (std::size_t at = 0; at < torn.size(); at += 4096) {
      torn.replace(at + kept, 4096 - kept, earlier, at + kept, 4096 - kept);
    }
    for (unsigned i = 0; i < rows; ++i) {
      folder.write("cache.db", torn);
      auto cache = open();
      facts::Facts facts;
      if (!cache.read(address(nth(i)), everything(), facts, now)) ++refused;
      if (!facts.registration.known()) continue;
      const auto& found = facts.registration.value;
      CHECK(found.entities == std::vector{std::string(300, found.name[0])});
      CHECK(found.name == std::string(100, found.name[0]));
    }
  }
  CHECK(refused > 0);
}

TEST_CASE_METHOD(FileFixture, "who has waited once for a process that stands still waits no more") {
  auto other = another();
  SQLite::Transaction writing{other, SQLite::TransactionBehavior::EXCLUSIVE};
  auto cache = open();
  facts::Facts facts;
  const auto stored = [&](std::chrono::milliseconds longest) {
    return cache.store(address("192.0.2.1"), registration("NEW", "192.0.2.0", "192.0.2.255"),
                       longest);
  };
  REQUIRE_FALSE(stored(10ms));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(cache.read(address("192.0.2.1"), everything(), facts, now));
    REQUIRE(stored(1min).error() == path + ": database is locked");
  }
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  writing.commit();
  CHECK(cache.read(address("192.0.2.1"), everything(), facts, now));
  CHECK(facts.registration.value.name == "NET");
}

TEST_CASE_METHOD(FileFixture, "a cache that is kept for the next login is as one that it opens") {
  auto cache = open();
  const auto name = [&](const std::string& about) {
    facts::Facts facts;
    const auto read = cache.read(address(about), everything(), facts, now);
    return !read ? read.error() : facts.registration.known() ? facts.registration.value.name : "-";
  };
  CHECK(name("192.0.2.1") == "NET");
  REQUIRE(cache.reopen(folder.path(), settings, 500ms));
  CHECK(name("192.0.2.1") == "NET");
  store("198.51.100.1", registration("ANOTHERS", "198.51.100.0", "198.51.100.255"));
  REQUIRE(cache.reopen(folder.path(), settings, 500ms));
  CHECK(name("198.51.100.1") == "ANOTHERS");

  {
    auto holder = another();
    holder.exec("BEGIN EXCLUSIVE");
    CHECK(name("192.0.2.1") == "NET");
    REQUIRE(cache.reopen(folder.path(), settings, 500ms));
    CHECK_FALSE(
        cache.store(address("192.0.2.1"), registration("NEW", "192.0.2.0", "192.0.2.255"), 10ms));
    CHECK_FALSE(cache.reopen(folder.path(), settings, 500ms));
  }
  cache = open();

  settings.ttl = 1s;
  CHECK(name("192.0.2.1") == "NET");
  now += std::chrono::hours{24 * 8};
  REQUIRE(cache.reopen(folder.path(), settings, 500ms));
  CHECK(name("192.0.2.1") == "-");  // by the settings of this login
  std::filesystem::remove(path);
  CHECK_FALSE(cache.reopen(folder.path(), settings, 500ms));
}

TEST_CASE_METHOD(FileFixture, "a damaged entry does not keep a cache that is kept from others") {
  store("198.51.100.1", registration("GOOD", "198.51.100.0", "198.51.100.255"));
  auto cache = open();
  another().exec(
      "UPDATE entry SET checksum = checksum + 1 WHERE instr(value, CAST('NET' AS BLOB))");
  facts::Facts facts;
  CHECK_FALSE(cache.read(address("192.0.2.1"), everything(), facts, now));
  another().exec("BEGIN EXCLUSIVE");  // no lock is left behind
  store("203.0.113.1", registration("NEW", "203.0.113.0", "203.0.113.255"));
  facts = {};
  CHECK(cache.read(address("203.0.113.1"), everything(), facts, now));
  CHECK(facts.registration.value.name == "NEW");
}
