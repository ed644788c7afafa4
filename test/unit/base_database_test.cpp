#include "base/database.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "catch.hpp"
#include "many_processes.hpp"
#include "pipe.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using base::Database;

namespace {

constexpr Database::Layout layout{"cache.db", "CREATE TABLE one(number INTEGER)"};
constexpr auto patient = 10s;

struct Fixture {
  TempFolder folder;
  std::string path = folder / "cache.db";

  [[nodiscard]] Database open() const {
    auto database = Database::open(folder.path(), layout);
    INFO((database ? "" : database.error().text));
    REQUIRE(database);
    return std::move(*database);
  }

  static void add(SQLite::Database& database) { database.exec("INSERT INTO one VALUES(1)"); }
  void add() const {
    REQUIRE(open().use(patient, [](auto& database) { add(database); }));
  }

  /// -1: they could not be counted.
  static int count(Database& database, std::chrono::milliseconds patience = patient) {
    int rows = -1;
    (void)database.look(patience, [&](SQLite::Database& connection) {
      rows = connection.execAndGet("SELECT count(*) FROM one").getInt();
    });
    return rows;
  }
  [[nodiscard]] int count() const {
    auto database = open();
    return count(database);
  }

  [[nodiscard]] SQLite::Database another() const {
    return SQLite::Database{path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  }

  /// As a process that dies in the middle of a change, with much of it in the WAL already.
  void die_while_writing() const {
    CHECK(exit_code_of_child([&]() -> int {
            auto database = open();
            (void)database.use(patient, [](SQLite::Database& connection) {
              connection.exec("PRAGMA cache_size=1");
              connection.exec(
                  "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many"
                  " WHERE n < 100000) INSERT INTO one SELECT n FROM many");
              connection.exec("UPDATE one SET number = 2");
              kill(getpid(), SIGKILL);
            });
            return 0;
          }) == 128 + SIGKILL);
    REQUIRE(std::filesystem::file_size(path + "-wal") > 100'000);
  }

  /// A process that stands still in the middle of `work`, of a transaction, until it is killed.
  template <class Work>
  [[nodiscard]] pid_t stopped(const Work& work) const {
    const auto child = start_child([&]() -> int {
      SQLite::Database connection{path, SQLite::OPEN_READWRITE, 1000};
      work(connection);
      return raise(SIGSTOP);
    });
    int status = 0;
    REQUIRE(waitpid(child, &status, WUNTRACED) == child);
    REQUIRE(WIFSTOPPED(status));
    return child;
  }
  static void end(pid_t child) {
    kill(child, SIGKILL);
    CHECK(wait_for_child(child) == 128 + SIGKILL);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a database is made at its first use, for its owner alone") {
  const auto before = umask(0);
  add();
  umask(before);
  CHECK(count() == 1);
  for (const auto* name : {"cache.db", "cache.db-wal", "cache.db-shm"}) {
    struct stat status {};
    REQUIRE(stat((folder / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 3);
  CHECK(std::filesystem::file_size(path + "-wal") == 0);
}

TEST_CASE_METHOD(Fixture, "a database in a folder that is a link, or has an odd name") {
  const auto odd = folder / "50%?#x";
  std::filesystem::create_directory(odd);
  std::filesystem::create_directory_symlink(odd, folder / "link");
  REQUIRE(Database::open(folder / "link", layout)->use(patient, [](auto& one) { add(one); }));
  auto again = Database::open(odd, layout);
  REQUIRE(again);
  CHECK(count(*again) == 1);
}

TEST_CASE_METHOD(Fixture,
                 "files that root left are in nobody's way once the folder is given away") {
  if (geteuid() != 0) return;
  add();
  constexpr uid_t nobody = 65534;
  REQUIRE(chown(folder.path().c_str(), nobody, nobody) == 0);
  CHECK(exit_code_of_child([&] {
          if (setgid(nobody) != 0 || setuid(nobody) != 0) return 2;
          add();
          return count() == 1 ? 0 : 1;
        }) == 0);
}

TEST_CASE_METHOD(Fixture, "where there can be no database, the error names it") {
  CHECK(Database::open(folder / "missing", layout).error().text ==
        folder / "missing" + "/cache.db: No such file or directory");
  CHECK_FALSE(Database::open(folder / "missing", layout).error().busy);
  CHECK_THAT(Database::open(folder.write("file", "text"), layout).error().text,
             ContainsSubstring("/file/cache.db: Not a directory"));
  std::filesystem::create_directory(path);
  CHECK_THAT(Database::open(folder.path(), layout).error().text, ContainsSubstring(path + ": "));
}

TEST_CASE_METHOD(Fixture, "where nothing may be read or made, that is an error") {
  const auto is_denied = [&] {
    const auto database = Database::open(folder.path(), layout);
    return !database && database.error().text == path + ": Permission denied";
  };
  CHECK(exit_code_of_child([&] {
          become_nobody(folder);
          chmod(folder.path().c_str(), 0500);
          return is_denied() ? 0 : 1;
        }) == 0);
  chmod(folder.path().c_str(), 0700);
  folder.write("cache.db", "somebody else's", 0600);
  CHECK(exit_code_of_child([&] {
          become_nobody(folder);
          chmod(path.c_str(), 0);
          return is_denied() ? 0 : 1;
        }) == 0);
}

TEST_CASE_METHOD(Fixture, "work that throws changes nothing, and the next one can") {
  auto database = open();
  REQUIRE(database.use(patient, [](auto& connection) { add(connection); }));
  const auto failed = database.use(patient, [](SQLite::Database& connection) {
    add(connection);
    connection.exec("INSERT INTO one VALUES(1, 2)");
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().text == path + ": table one has 1 columns but 2 values were supplied");
  CHECK(count(database) == 1);
  REQUIRE(database.use(patient, [](auto& connection) { add(connection); }));
  CHECK(count(database) == 2);
}

TEST_CASE_METHOD(Fixture, "a database with other tables is emptied") {
  SECTION("of another layout") {
    another().exec("CREATE TABLE one(text TEXT); INSERT INTO one VALUES('a')");
  }
  SECTION("of another layout, with tables of SQLite's own, views and references") {
    another().exec(
        "CREATE TABLE two(number INTEGER PRIMARY KEY AUTOINCREMENT);"
        "CREATE TABLE three(two INTEGER REFERENCES two(number));"
        "CREATE VIEW one AS SELECT * FROM two; PRAGMA user_version=4711");
  }
  SECTION("with a damaged name of a column") {
    add();
    another().exec("ALTER TABLE one RENAME COLUMN number TO nummer");
  }
  SECTION("none at all") {
    folder.write("cache.db", "");
  }
  auto database = open();
  REQUIRE(database.use(patient, [](SQLite::Database& connection) {
    connection.exec("INSERT INTO one(number) VALUES(7)");
  }));
  CHECK(count(database) == 1);
  CHECK(database.take_damage().empty());
}

TEST_CASE_METHOD(Fixture, "one that an earlier version left with another journal gets a WAL") {
  const auto journal = [&] { return another().execAndGet("PRAGMA journal_mode").getString(); };
  auto old = another();
  old.exec(std::string("PRAGMA journal_mode=TRUNCATE;") + layout.schema);
  add(old);
  CHECK(count() == 1);
  {
    SQLite::Statement row{old, "SELECT * FROM one"};
    REQUIRE(row.executeStep());
    CHECK(count() == 1);
    CHECK_FALSE(open().use(10ms, [](auto& connection) { add(connection); }));
    CHECK(journal() == "delete");  // none that persists
  }
  add();
  CHECK(journal() == "wal");
  CHECK(count() == 2);
  add(old);
  CHECK(count() == 3);
}

TEST_CASE_METHOD(Fixture, "an earlier version's WAL with another layout is emptied with it") {
  {
    auto old = another();
    old.exec("PRAGMA journal_mode=WAL; CREATE TABLE one(text TEXT)");
    SECTION("while it has the file open") {
      add();
      CHECK(count() == 1);
    }
    SECTION("after it has closed it") {}
  }
  add();
  CHECK(count() > 0);
  CHECK(std::filesystem::file_size(path + "-wal") == 0);
}

TEST_CASE_METHOD(Fixture, "a damaged file is emptied, and that is told once") {
  SECTION("that is no database") {
    folder.write("cache.db",
                 GENERATE(std::string(50'000, 'x'), "SQLite format 3" + std::string(5000, '\xff')));
  }
  SECTION("with damaged pages") {
    for (int i = 0; i < 100; ++i) add();
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string junk(4096, '\xa5');
    REQUIRE(pwrite(file, junk.data(), junk.size(), 4096) == static_cast<ssize_t>(junk.size()));
    close(file);
  }
  SECTION("that was cut") {
    for (int i = 0; i < 100; ++i) add();
    std::filesystem::resize_file(path, GENERATE(99, 100, 4095, 4096));
  }
  auto database = open();
  CHECK(count(database) == 0);
  CHECK_THAT(database.take_damage(), Catch::Matchers::StartsWith(path + ": ") &&
                                         Catch::Matchers::EndsWith("; it was begun anew"));
  CHECK(database.take_damage().empty());
  REQUIRE(database.use(patient, [](auto& connection) { add(connection); }));
  CHECK(count() == 1);
}

TEST_CASE_METHOD(Fixture, "a file that is damaged while it is open is emptied, too") {
  for (int i = 0; i < 1000; ++i) add();
  auto database = open();
  CHECK(count(database) == 1000);
  const auto damage = [&](off_t offset) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string junk(4096, '\xa5');
    REQUIRE(pwrite(file, junk.data(), junk.size(), offset) == static_cast<ssize_t>(junk.size()));
    close(file);
  };
  SECTION("by who comes next") {
    damage(4096);
    add();
    CHECK(count() == 1);
    CHECK(count(database) == 1);
  }
  SECTION("by who comes next once it is closed, where its header is damaged") {
    damage(0);
    auto next = open();
    const auto looked = next.look(
        0ms, [](auto& connection) { (void)connection.execAndGet("SELECT count(*) FROM one"); });
    REQUIRE_FALSE(looked);
    CHECK(looked.error().text ==
          path + ": file is not a database, and cannot be emptied: database is locked");
    CHECK(count(database) == 1000);
    { const auto closed = std::move(database); }
    CHECK(count(next) == 0);
  }
}

TEST_CASE_METHOD(Fixture, "a damaged file that may not be written is an error each time") {
  folder.write("cache.db", std::string(50'000, 'x'));
  CHECK(exit_code_of_child([&] {
          become_nobody(folder);
          chmod(path.c_str(), 0400);
          auto database = open();
          for (int i = 0; i < 2; ++i) {
            const auto looked = database.look(0ms, [](auto& connection) { add(connection); });
            if (looked || looked.error().busy) return 1;
            if (looked.error().text != path +
                                           ": file is not a database, and cannot be emptied:"
                                           " attempt to write a readonly database") {
              return 2;
            }
          }
          return 0;
        }) == 0);
}

TEST_CASE_METHOD(Fixture, "a file that may not be written is read, where its WAL is there") {
  add();
  const auto code = [&] {
    const auto found = exit_code_of_child([&] {
      become_nobody(folder);
      for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
        chmod(entry.path().c_str(), 0400);
      }
      chmod(folder.path().c_str(), 0500);
      auto database = open();
      const auto used = database.use(0ms, [](auto& connection) { add(connection); });
      if (used || used.error().busy) return 2;
      if (!used.error().text.starts_with(path + ": ")) return 3;
      return count(database) == 1 ? 0 : 1;
    });
    chmod(folder.path().c_str(), 0700);
    return found;
  };
  CHECK(code() == 0);
  for (const auto* suffix : {"-wal", "-shm"}) REQUIRE(std::filesystem::remove(path + suffix));
  CHECK(code() == 1);
  CHECK(count() == 1);
}

TEST_CASE_METHOD(Fixture, "what a killed process had begun to change is undone") {
  add();
  die_while_writing();
  SECTION("by who reads next") {
    CHECK(count() == 1);
  }
  SECTION("by who writes next") {
    add();
    CHECK(count() == 2);
  }
  SECTION("by one of many who read at once") {
    CHECK(exit_codes_of_children(20, [&](int) { return count() == 1 ? 0 : 1; }) ==
          std::vector<int>(20, 0));
  }
  CHECK(another().execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_METHOD(Fixture, "who may not undo it does not believe it") {
  add();
  die_while_writing();
  CHECK(exit_code_of_child([&] {
          become_nobody(folder);
          chmod(path.c_str(), 0400);
          chmod(folder.path().c_str(), 0500);
          auto database = open();
          return count(database) == 1 ? 0 : 1;
        }) == 0);
  chmod(folder.path().c_str(), 0700);
}

TEST_CASE_METHOD(Fixture, "the WAL of a file that was deleted is not believed") {
  add();
  die_while_writing();
  std::filesystem::remove(path);
  CHECK(count() == 0);
  add();
  CHECK(count() == 1);
}

TEST_CASE_METHOD(Fixture, "who still has a file that was deleted leaves alone the one after it") {
  for (int i = 0; i < 1000; ++i) add();
  auto deleted = open();
  CHECK(count(deleted) == 1000);
  std::filesystem::remove(path);
  add();
  auto reader = another();  // else the WAL is cut, and nobody sees what was in it
  reader.exec("BEGIN");
  CHECK(reader.execAndGet("SELECT count(*) FROM one").getInt() == 1);
  const auto used = deleted.use(0ms, [](auto& connection) { add(connection); });
  CHECK_FALSE(used);
  if (!used) CHECK(used.error().text == path + ": was deleted or replaced while it was open");
  reader.exec("COMMIT");
  CHECK(count() == 1);
  add();
  CHECK(count() == 2);
  CHECK(another().execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_METHOD(Fixture, "a process that stands still while it makes one is waited for once") {
  const base::Descriptor held{::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  REQUIRE(base::lock(held.number(), LOCK_EX));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) add();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(count() == 20);
}

TEST_CASE_METHOD(Fixture, "what is in the way of making one whole keeps nobody from having one") {
  SECTION("a folder where it is written") {
    std::filesystem::create_directory(folder / ".cache.db.new");
  }
  SECTION("a folder that nobody may list") {
    become_nobody(folder);
    CHECK(exit_code_of_child([&] {
            if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 98;
            chmod(folder.path().c_str(), 0300);
            add();
            const int rows = count();
            chmod(folder.path().c_str(), 0700);
            return rows == 1 ? 0 : 1;
          }) == 0);
    return;
  }
  add();
  CHECK(count() == 1);
}

TEST_CASE_METHOD(Fixture, "a file may be deleted at any moment of a change") {
  // Who deletes it, and those who use the one after it, while this process is in the middle.
  bool is_over = false;
  std::function<void()> moment = [&] {
    if (std::exchange(is_over, true)) return;
    std::filesystem::remove(path);
    CHECK(exit_code_of_child([&] {
            for (int i = 0; i < 100; ++i) add();
            return 0;
          }) == 0);
  };
  const auto now = [](void* what) {
    (*static_cast<std::function<void()>*>(what))();
    return 0;
  };
  for (int i = 0; i < 100; ++i) add();
  auto deleted = open();
  CHECK(count(deleted) == 100);
  SECTION("before it is committed") {
    (void)deleted.use(patient, [&](auto& connection) {
      add(connection);
      sqlite3_commit_hook(connection.getHandle(), now, &moment);
    });
  }
  SECTION("before the WAL's pages are moved into it") {
    (void)deleted.use(patient, [&](auto& connection) {
      add(connection);
      sqlite3_wal_hook(
          connection.getHandle(),
          [](void* what, sqlite3*, const char*, int) {
            (*static_cast<std::function<void()>*>(what))();
            return SQLITE_OK;
          },
          &moment);
    });
  }
  SECTION("while it is emptied") {
    const int steps = GENERATE(1, 10, 20, 30);
    CAPTURE(steps);
    (void)deleted.use(patient, [&](auto& connection) {
      connection.exec("PRAGMA cache_size=0");
      sqlite3_progress_handler(connection.getHandle(), steps, now, &moment);
      throw SQLite::Exception("damaged", SQLITE_CORRUPT);
    });
  }
  CHECK(is_over);
  for (int i = 0; i < 3; ++i) {
    add();
    CHECK(count() == 101 + i);
  }
  CHECK(another().execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_METHOD(Fixture, "nobody waits longer than its patience for a process that stands still") {
  add();
  const auto took = [](const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - begin;
  };
  const auto read = [](SQLite::Database& connection) {
    (void)connection.execAndGet("SELECT count(*) FROM one");
  };
  auto database = open();
  SECTION("and changes the file: it is read") {
    const auto child = stopped([](auto& connection) {
      connection.exec("BEGIN EXCLUSIVE");
      add(connection);
    });
    CHECK(count(database, 0ms) == 1);
    CHECK(count() == 1);
    tl::expected<void, Database::Error> used;
    CHECK(took([&] { used = database.use(100ms, read); }) < 5s);
    REQUIRE_FALSE(used);
    CHECK(used.error().busy);
    CHECK(used.error().text == path + ": database is locked");
    end(child);
    CHECK(count(database) == 1);
  }
  SECTION("and reads: others read and write, and see what was written") {
    const auto child = stopped([](auto& connection) {
      connection.exec("BEGIN");
      SQLite::Statement row{connection, "SELECT * FROM one"};
      row.executeStep();
    });
    for (int i = 1; i <= 50; ++i) {
      REQUIRE(open().use(0ms, [](auto& connection) { add(connection); }));
      REQUIRE(count(database, 0ms) == 1 + i);
    }
    CHECK(std::filesystem::file_size(path + "-wal") > 0);
    end(child);
    add();
    CHECK(std::filesystem::file_size(path + "-wal") == 0);
    CHECK(count() == 52);
  }
}

TEST_CASE_METHOD(Fixture, "a link in the place of a database is not followed") {
  const auto victim = folder.write("victim", "text");
  for (const auto* name : {"cache.db", "cache.db-wal", "cache.db-shm"}) {
    INFO(name);
    TempFolder other;
    std::filesystem::create_symlink(victim, other / name);
    auto database = Database::open(other.path(), layout);
    if (database) (void)database->use(0ms, [](auto& connection) { add(connection); });
    CHECK(!database == (std::string_view{name} == "cache.db"));
    CHECK(read_whole_file(victim) == "text");
  }
}

TEST_CASE_METHOD(Fixture, "many processes at once make one database and lose nothing") {
  CHECK(exit_codes_of_children(20, [&](int) {
          for (int i = 0; i < 10; ++i) add();
          return 0;
        }) == std::vector<int>(20, 0));
  CHECK(count() == 200);
  CHECK(another().execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_METHOD(Fixture, "on a full disk what is there is read") {
  CHECK(exit_code_of_child([&] {
          signal(SIGXFSZ, SIG_IGN);
          const rlimit nothing{100, 100};
          setrlimit(RLIMIT_FSIZE, &nothing);
          const auto looked = open().look(patient, [](auto& connection) { add(connection); });
          return !looked && looked.error().text.starts_with(path + ": ") ? 0 : 1;
        }) == 0);
  add();
  CHECK(exit_code_of_child([&] {
          signal(SIGXFSZ, SIG_IGN);
          const rlimit little{100'000, 100'000};
          setrlimit(RLIMIT_FSIZE, &little);
          auto database = open();
          for (int i = 0; i < 100'000; ++i) {
            if (database.use(patient, [](auto& connection) {
                  for (int n = 0; n < 1000; ++n) add(connection);
                })) {
              continue;
            }
            return count(database) == 1 + 1000 * i ? 0 : 2;
          }
          return 1;
        }) == 0);
  CHECK(another().execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_METHOD(Fixture, "a connection that is kept knows when opening again would give another") {
  auto database = open();
  add();
  CHECK(count(database) == 1);
  CHECK(database.is_current(folder.path()));
  add();
  CHECK(database.is_current(folder.path()));
  CHECK(count(database) == 2);  // what others write is seen
  CHECK_FALSE(database.is_current(folder / "elsewhere"));

  SECTION("the file was deleted") {
    std::filesystem::remove(path);
    CHECK_FALSE(database.is_current(folder.path()));
  }
  SECTION("another has its name") {
    std::filesystem::copy_file(path, folder / "other.db");
    std::filesystem::rename(folder / "other.db", path);
    CHECK_FALSE(database.is_current(folder.path()));
  }
  SECTION("it is somebody else's to use") {
    chmod(path.c_str(), 0640);
    CHECK_FALSE(database.is_current(folder.path()));
  }
  SECTION("its folder is another") {
    std::filesystem::rename(folder.path(), folder.path() + ".old");
    std::filesystem::create_directory(folder.path());
    CHECK_FALSE(database.is_current(folder.path()));
    std::filesystem::remove_all(folder.path() + ".old");
  }
  SECTION("its last use went wrong, and so until one goes well") {
    auto holder = another();
    holder.exec("BEGIN EXCLUSIVE");
    CHECK_FALSE(database.use(0ms, [](auto& connection) { add(connection); }));
    CHECK_FALSE(database.is_current(folder.path()));
    holder.exec("ROLLBACK");
    CHECK(count(database) == 2);
    CHECK(database.is_current(folder.path()));
  }
}

TEST_CASE_METHOD(Fixture, "a connection that can only read is never kept: that may have changed") {
  add();
  CHECK(exit_code_of_child([&] {
          chmod(path.c_str(), 0444);
          chmod(folder.path().c_str(), 0555);
          if (geteuid() == 0 && setuid(65534) != 0) return 90;
          auto database = Database::open(folder.path(), layout);
          return database && !database->is_current(folder.path()) ? 0 : 1;
        }) == 0);
}
