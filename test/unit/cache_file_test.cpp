#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cache/file.hpp"
#include "cache/upkeep.hpp"
#include "cache_fixture.hpp"
#include "many_processes.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

std::string open_error(const std::string& state_path) {
  const auto cache = cache::Cache::open(state_path, {});
  return cache ? "no error" : cache.error();
}

std::vector<std::string> files_in(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// Where permissions count: root has none that could be taken away.
void become_ordinary(const TempFolder& folder) {
  if (geteuid() != 0) return;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    if (chown(entry.path().c_str(), 65534, 65534) != 0) _exit(90);
  }
  if (chown(folder.path().c_str(), 65534, 65534) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
    _exit(91);
  }
}

/// A change in the WAL, which nobody has written back yet.
void leave_something_in_wal(const TempFolder& folder) {
  SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
  sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database.exec("UPDATE entry SET source = 'changed'");
}

}  // namespace

TEST_CASE("a folder that is missing or none is an error with its path") {
  const TempFolder folder;
  CHECK(open_error(folder / "missing") ==
        "cannot open folder " + folder / "missing" + ": No such file or directory");
  folder.write("file", "text");
  CHECK_THAT(open_error(folder / "file"), ContainsSubstring("/file/cache.db: Not a directory"));
  std::filesystem::create_directory(folder / "cache.db");
  CHECK(open_error(folder.path()) == folder / "cache.db" + ": cannot be opened");
}

TEST_CASE_METHOD(CacheFixture, "the database is for its owner alone, whatever the umask") {
  const auto before = umask(0);
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  umask(before);
  CHECK(mode_of(folder / "cache.db") == 0600);
  CHECK(mode_of(folder / "cache.db-wal") == 0600);
  CHECK(mode_of(folder / "cache.db-shm") == 0600);
  CHECK(files_in(folder.path(), "").size() == 3);
}

TEST_CASE_METHOD(CacheFixture, "closing leaves the WAL as it is: a login does not pay for it") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  leave_something_in_wal(folder);
  const auto before = read_whole_file(folder / "cache.db-wal");
  CHECK_FALSE(before.empty());
  CHECK(registered("192.0.2.1") == "NET");
  CHECK(read_whole_file(folder / "cache.db-wal") == before);
}

TEST_CASE_METHOD(CacheFixture, "who has stored leaves nothing in the WAL") {
  for (unsigned i = 0; i < 100; ++i) {
    const auto text = net::Address::v4(0xc0000200U + (i << 8)).str();
    store(text, registration(text, text, text));
    REQUIRE(std::filesystem::file_size(folder / "cache.db-wal") == 0);
  }
  CHECK(registered("192.0.2.0") == "192.0.2.0");
}

TEST_CASE_METHOD(CacheFixture, "reading does not write") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  const auto database = read_whole_file(folder / "cache.db");
  const auto wal = read_whole_file(folder / "cache.db-wal");
  CHECK(registered("192.0.2.1") == "NET");
  CHECK(registered("198.51.100.1") == "-");
  CHECK(read_whole_file(folder / "cache.db") == database);
  CHECK(read_whole_file(folder / "cache.db-wal") == wal);
}

TEST_CASE_METHOD(CacheFixture, "a file that is no database is set aside, and a new one made") {
  const std::string garbage(100'000, 'x');
  folder.write("cache.db", garbage);
  const auto error = open_error(folder.path());
  CHECK_THAT(error, ContainsSubstring("file is not a database; set aside as " + folder.path() +
                                      "/cache.db.corrupt-"));
  const auto kept = files_in(folder.path(), "cache.db.corrupt-");
  REQUIRE(kept.size() == 1);
  CHECK(read_whole_file(folder / kept[0]) == garbage);
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  CHECK(registered("192.0.2.1") == "NET");

  // Only the last one is kept: a dying disk does not fill up with them.
  folder.write("cache.db.corrupt-1", "earlier");
  folder.write("cache.db", garbage);
  open_error(folder.path());
  CHECK(files_in(folder.path(), "cache.db.corrupt-").size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "cache.db.corrupt-1"));
}

TEST_CASE_METHOD(CacheFixture, "damage within the database is found when reading or storing") {
  {
    auto cache = open();
    for (unsigned i = 0; i < 2000; ++i) {
      const auto text = net::Address::v4(0xc0000200U + (i << 8)).str();
      REQUIRE(cache.store(address(text), registration(text, text, text)));
    }
  }
  REQUIRE(cache::prune(folder.path(), settings, now));  // writes the WAL back
  {
    const int file = ::open((folder / "cache.db").c_str(), O_WRONLY);
    const auto size = std::filesystem::file_size(folder / "cache.db");
    const std::string junk(size - 2 * 4096, '\xa5');
    REQUIRE(pwrite(file, junk.data(), junk.size(), 2 * 4096) == static_cast<ssize_t>(junk.size()));
    close(file);
    std::filesystem::remove(folder / "cache.db-wal");
    std::filesystem::remove(folder / "cache.db-shm");
  }
  SECTION("reading") {
    auto cache = open();
    facts::Facts facts;
    const auto read = cache.read(address("192.0.2.1"), everything(), facts, now);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error(), ContainsSubstring("malformed; set aside as"));
    CHECK_THAT(cache.read(address("192.0.2.1"), everything(), facts, now).error(),
               ContainsSubstring("closed, as it is damaged"));
  }
  SECTION("storing") {
    auto cache = open();
    const auto stored =
        cache.store(address("192.0.2.1"), registration("NET", "192.0.2.0", "192.0.2.255"));
    REQUIRE_FALSE(stored);
    CHECK_THAT(stored.error(), ContainsSubstring("malformed; set aside as"));
  }
  CHECK(registered("192.0.2.1") == "-");
  CHECK(files_in(folder.path(), "cache.db.corrupt-").size() == 1);
}

TEST_CASE_METHOD(CacheFixture, "a cut or empty file is no database or a new one") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  REQUIRE(cache::prune(folder.path(), settings, now));
  const auto whole = read_whole_file(folder / "cache.db");
  for (const std::size_t size : {0U, 1U, 99U, 100U, 4095U, 4096U, 5000U, 8192U}) {
    for (const auto* name : {"cache.db-wal", "cache.db-shm"}) {
      std::filesystem::remove(folder / name);
    }
    folder.write("cache.db", whole.substr(0, size));
    for (unsigned tries = 0; tries < 3; ++tries) {  // the first may set it aside
      auto cache = cache::Cache::open(folder.path(), settings);
      facts::Facts facts;
      if (cache) (void)cache->read(address("192.0.2.1"), everything(), facts, now);
    }
    INFO(size);
    CHECK(registered("192.0.2.1") == "-");
  }
}

TEST_CASE_METHOD(CacheFixture, "a database of another version is replaced") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    database.exec("PRAGMA user_version=999");
  }
  CHECK(registered("192.0.2.1") == "-");
  store("192.0.2.1", registration("NEW", "192.0.2.0", "192.0.2.255"));
  CHECK(registered("192.0.2.1") == "NEW");
  CHECK(files_in(folder.path(), "cache.db.corrupt-").empty());
}

TEST_CASE_METHOD(CacheFixture,
                 "a database whose tables are not those of its version is set aside") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    database.exec(GENERATE("ALTER TABLE entry RENAME COLUMN value TO vaLue_",
                           "ALTER TABLE entry RENAME COLUMN expires TO expired",
                           "DROP TABLE entry"));
  }
  const auto wanted = everything();
  facts::Facts facts;
  auto cache = cache::Cache::open(folder.path(), settings);
  if (cache) (void)cache->read(address("192.0.2.1"), wanted, facts, now);
  CHECK(files_in(folder.path(), "cache.db.corrupt-").size() == 1);
  store("192.0.2.1", registration("NEW", "192.0.2.0", "192.0.2.255"));
  CHECK(registered("192.0.2.1") == "NEW");
}

TEST_CASE_METHOD(CacheFixture, "no database is taken away that another connection has open") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  const auto file = cache::database_file(folder.path());
  REQUIRE(file);
  const auto in_use = [&] {
    const auto removed = cache::remove_database(folder.path(), *file, true);
    return !removed && removed.error() == folder / "cache.db" + " is in use";
  };
  const auto in_use_for_another_process = [&] {
    return exit_code_of_child([&] { return in_use() ? 0 : 1; }) == 0;
  };
  {
    SQLite::Database other{folder / "cache.db", SQLite::OPEN_READWRITE};
    REQUIRE(other.execAndGet("SELECT count(*) FROM entry").getInt() == 1);
    SECTION("by another process") {
      CHECK(in_use_for_another_process());
    }
    SECTION("by this process, which keeps its locks") {
      CHECK(in_use());
      CHECK(in_use_for_another_process());
    }
    SECTION("by this process, which has read it without locks in between") {
      auto facts = facts::Facts{};
      auto reading =
          cache::Cache::open(folder.path(), settings, std::chrono::system_clock::now() + 1h);
      REQUIRE(reading);
      REQUIRE(reading->read(address("192.0.2.1"), everything(), facts, now));
      CHECK(in_use_for_another_process());
    }
  }
  CHECK(cache::remove_database(folder.path(), *file, true));
}

TEST_CASE_METHOD(CacheFixture, "the WAL of a database that was deleted is not believed") {
  store("192.0.2.1", registration("DELETED", "192.0.2.0", "192.0.2.255"));
  leave_something_in_wal(folder);
  REQUIRE(std::filesystem::file_size(folder / "cache.db-wal") > 0);
  std::filesystem::remove(folder / "cache.db");
  CHECK(registered("192.0.2.1") == "-");
}

TEST_CASE_METHOD(CacheFixture, "reading does not wait for a writer, storing not for long") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  SQLite::Database other{folder / "cache.db", SQLite::OPEN_READWRITE};
  SQLite::Transaction writing{other, SQLite::TransactionBehavior::IMMEDIATE};
  other.exec("UPDATE entry SET source = 'changed'");
  CHECK(read("192.0.2.1").registration.source == "test");
  auto cache = open();
  const auto stored =
      cache.store(address("192.0.2.1"), registration("NEW", "192.0.2.0", "192.0.2.255"));
  REQUIRE_FALSE(stored);
  CHECK(stored.error() == folder / "cache.db" + ": database is locked");
  writing.commit();
  CHECK(cache.store(address("192.0.2.1"), registration("NEW", "192.0.2.0", "192.0.2.255")));
  CHECK(registered("192.0.2.1") == "NEW");
}

TEST_CASE_METHOD(CacheFixture, "where nothing can be written, what is there still serves") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  const auto serves_but_does_not_store = [&] {
    return exit_code_of_child([&] {
      become_ordinary(folder);
      for (const auto& name : files_in(folder.path(), "")) chmod((folder / name).c_str(), 0400);
      chmod(folder.path().c_str(), 0500);
      if (registered("192.0.2.1") != "NET") return 1;
      auto cache = open();
      const auto stored =
          cache.store(address("192.0.2.1"), registration("NEW", "192.0.2.0", "192.0.2.255"));
      if (stored) return 2;
      if (stored.error() != folder / "cache.db" + ": attempt to write a readonly database") {
        return 3;
      }
      chmod(folder.path().c_str(), 0700);
      return 0;
    });
  };
  SECTION("with the files that SQLite keeps beside it") {
    CHECK(serves_but_does_not_store() == 0);
  }
  SECTION("the database alone, copied there") {
    REQUIRE(cache::prune(folder.path(), settings, now));
    std::filesystem::remove(folder / "cache.db-wal");
    std::filesystem::remove(folder / "cache.db-shm");
    CHECK(serves_but_does_not_store() == 0);
  }
}

TEST_CASE_METHOD(CacheFixture, "where nothing may be read or made, that is an error") {
  CHECK(exit_code_of_child([&] {
          become_ordinary(folder);
          chmod(folder.path().c_str(), 0500);
          return open_error(folder.path()) ==
                         "cannot make " + folder / "cache.db" + ": Permission denied"
                     ? 0
                     : 1;
        }) == 0);
  chmod(folder.path().c_str(), 0700);
  folder.write("cache.db", "somebody else's", 0600);
  CHECK(exit_code_of_child([&] {
          become_ordinary(folder);
          chmod((folder / "cache.db").c_str(), 0);
          return open_error(folder.path()) == folder / "cache.db" + ": Permission denied" ? 0 : 1;
        }) == 0);
}

TEST_CASE_METHOD(CacheFixture, "a full disk is an error, and what is there still serves") {
  CHECK(exit_code_of_child([&] {
          signal(SIGXFSZ, SIG_IGN);
          const rlimit nothing{100, 100};
          setrlimit(RLIMIT_FSIZE, &nothing);
          return open_error(folder.path()).starts_with("cannot make " + folder / "cache.db") ? 0
                                                                                             : 1;
        }) == 0);
  CHECK(files_in(folder.path(), "").empty());

  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  CHECK(exit_code_of_child([&] {
          signal(SIGXFSZ, SIG_IGN);
          const rlimit little{40'000, 40'000};
          setrlimit(RLIMIT_FSIZE, &little);
          auto cache = open();
          for (unsigned i = 0; i < 1000; ++i) {
            const auto text = net::Address::v4(0xc6336400U + (i << 8)).str();
            if (cache.store(address(text), registration(text, text, text))) continue;
            return registered("192.0.2.1") == "NET" ? 0 : 2;
          }
          return 1;
        }) == 0);
  CHECK(registered("192.0.2.1") == "NET");
}
