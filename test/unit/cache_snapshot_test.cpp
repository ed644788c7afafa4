#include "cache/snapshot.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>

#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using cache::Snapshot;

namespace {

struct SnapshotFixture : CacheFixture {
  SnapshotFixture() { store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255")); }

  static facts::Time later() { return std::chrono::system_clock::now() + 1min; }
  [[nodiscard]] std::optional<Snapshot> snapshot() const {
    return Snapshot::open(folder.path(), later());
  }

  /// As another process that has cache.db open for writing.
  [[nodiscard]] SQLite::Database writer() const {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return database;
  }
  static int rows(const Snapshot& snapshot) {
    return snapshot.connection().execAndGet("SELECT count(*) FROM entry").getInt();
  }

  /// A cache that reads at a time when nobody has written of late.
  [[nodiscard]] std::string registered_later(const std::string& about) const {
    auto cache = cache::Cache::open(folder.path(), settings, later());
    REQUIRE(cache);
    facts::Facts facts;
    REQUIRE(cache->read(address(about), everything(), facts, now));
    return facts.registration.known() ? facts.registration.value.name : "-";
  }
};

}  // namespace

TEST_CASE_METHOD(SnapshotFixture, "a file that nobody writes is read without the WAL's files") {
  for (const auto* name : {"cache.db-wal", "cache.db-shm"}) std::filesystem::remove(folder / name);
  const auto snapshot = this->snapshot();
  REQUIRE(snapshot);
  CHECK(rows(*snapshot) == 1);
  CHECK(snapshot->still_true());
  CHECK(registered_later("192.0.2.1") == "NET");
  CHECK(registered_later("198.51.100.1") == "-");
  CHECK_FALSE(std::filesystem::exists(folder / "cache.db-wal"));
  CHECK_FALSE(std::filesystem::exists(folder / "cache.db-shm"));
}

TEST_CASE_METHOD(SnapshotFixture, "there is none while something is in the WAL") {
  writer().exec("UPDATE entry SET source = 'changed'");
  CHECK_FALSE(snapshot());
}

TEST_CASE_METHOD(SnapshotFixture, "there is none where somebody has written just now") {
  const auto status = std::filesystem::last_write_time(folder / "cache.db");
  const auto written = std::chrono::file_clock::to_sys(status);
  CHECK_FALSE(Snapshot::open(folder.path(),
                             std::chrono::time_point_cast<facts::Time::duration>(written + 50ms)));
  CHECK_FALSE(Snapshot::open(folder.path(),
                             std::chrono::time_point_cast<facts::Time::duration>(written - 1h)));
}

TEST_CASE_METHOD(SnapshotFixture, "there is none of what is not our database") {
  SECTION("no file") {
    std::filesystem::remove(folder / "cache.db");
  }
  SECTION("another file") {
    folder.write("cache.db", std::string(8192, 'x'));
  }
  SECTION("a short file") {
    folder.write("cache.db", "SQLite format 3");
  }
  SECTION("another version") {
    auto database = writer();
    database.exec("PRAGMA user_version=999");
    REQUIRE(database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() == 0);
  }
  CHECK_FALSE(snapshot());
}

TEST_CASE_METHOD(SnapshotFixture, "it is not true any more once another process has stored") {
  auto snapshot = this->snapshot();
  REQUIRE(snapshot);
  auto database = writer();
  SECTION("and has it in the WAL") {
    database.exec("DELETE FROM entry");
    CHECK_FALSE(snapshot->still_true());
  }
  SECTION("and has written the WAL back") {
    database.exec("DELETE FROM entry");
    REQUIRE(database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() == 0);
    CHECK_FALSE(snapshot->still_true());
  }
  SECTION("in a file that took the place of this one") {
    std::filesystem::copy_file(folder / "cache.db", folder / "other");
    std::filesystem::rename(folder / "other", folder / "cache.db");
    CHECK_FALSE(snapshot->still_true());
  }
}

TEST_CASE_METHOD(SnapshotFixture, "what was stored after opening is found all the same") {
  auto cache = cache::Cache::open(folder.path(), settings, later());
  REQUIRE(cache);
  store("192.0.2.1", registration("NEW", "192.0.2.0", "192.0.2.255"));
  facts::Facts facts;
  REQUIRE(cache->read(address("192.0.2.1"), everything(), facts, now));
  CHECK(facts.registration.value.name == "NEW");
  store("192.0.2.1", registration("NEWER", "192.0.2.0", "192.0.2.255"));
  facts = {};
  REQUIRE(cache->read(address("192.0.2.1"), everything(), facts, now));
  CHECK(facts.registration.value.name == "NEWER");
}

TEST_CASE_METHOD(SnapshotFixture, "who has read a snapshot can store") {
  auto cache = cache::Cache::open(folder.path(), settings, later());
  REQUIRE(cache);
  facts::Facts facts;
  REQUIRE(cache->read(address("192.0.2.1"), everything(), facts, now));
  REQUIRE(cache->store(address("198.51.100.1"), registration("B", "198.51.100.0", "198.51.100.9")));
  CHECK(registered("198.51.100.1") == "B");
}

TEST_CASE_METHOD(SnapshotFixture, "damage shows as it does without a snapshot") {
  const auto whole = read_whole_file(folder / "cache.db");
  folder.write("cache.db", whole.substr(0, 4096) + std::string(whole.size() - 4096, 'x'));
  auto cache = cache::Cache::open(folder.path(), settings, later());
  REQUIRE(cache);
  facts::Facts facts;
  const auto read = cache->read(address("192.0.2.1"), everything(), facts, now);
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error(), ContainsSubstring("set aside as"));
}

TEST_CASE_METHOD(SnapshotFixture, "a folder whose name means something in a URI is no trouble") {
  const auto odd = folder / "50%?#x";
  std::filesystem::create_directory(odd);
  std::filesystem::copy_file(folder / "cache.db", odd + "/cache.db");
  const auto snapshot = Snapshot::open(odd, later());
  REQUIRE(snapshot);
  CHECK(rows(*snapshot) == 1);
}
