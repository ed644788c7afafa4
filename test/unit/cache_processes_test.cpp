// Many processes at one cache.db, each of which is a login of its own.

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cache/upkeep.hpp"
#include "cache_fixture.hpp"
#include "many_processes.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

constexpr int processes = 20;
const std::vector<int> all_well(processes, 0);

net::Address nth_address(int process, unsigned round) {
  return net::Address::v4(0xc6000000U + (static_cast<unsigned>(process) << 16) + (round << 8));
}

/// As a login does it; what finds the file busy is tried again, as the next login would.
bool store_somehow(const CacheFixture& test, const net::Address& address) {
  const auto give_up = std::chrono::steady_clock::now() + 60s;
  for (; std::chrono::steady_clock::now() < give_up; std::this_thread::yield()) {
    auto cache = cache::Cache::open(test.folder.path(), test.settings, test.patience);
    if (!cache) continue;
    const auto text = address.str();
    if (cache->store(address, test.registration(text, text, text), test.patience)) return true;
  }
  return false;
}

/// What SQLite says of the file.
using Lines = std::vector<std::string>;
Lines integrity(const std::string& path) {
  SQLite::Database database{path, SQLite::OPEN_READWRITE, 10'000};
  SQLite::Statement row{database, "PRAGMA integrity_check"};
  Lines lines;
  while (row.executeStep()) {
    std::istringstream text{row.getColumn(0).getString()};
    for (std::string line; std::getline(text, line);) lines.push_back(line);
  }
  return lines;
}

/// The same for a file that was damaged, or took the place of one that was deleted while others had
/// it open: pages that nobody uses are lost space, and nothing wrong.
Lines integrity_beside_lost_pages(const std::string& path) {
  auto lines = integrity(path);
  std::erase_if(lines, [](const std::string& line) {
    return line.starts_with("***") || line.ends_with(" is never used");
  });
  return lines.empty() ? Lines{"ok"} : lines;
}

/// Opens, stores, reads whatever is there; what it reads has to be what was stored under that
/// address by somebody. False: it was not.
bool login_is_right(const CacheFixture& test, int process, unsigned round) {
  const auto own = nth_address(process, round);
  if (auto cache = cache::Cache::open(test.folder.path(), test.settings, test.patience)) {
    (void)cache->store(own, test.registration(own.str(), own.str(), own.str()), test.patience);
  }
  auto cache = cache::Cache::open(test.folder.path(), test.settings, test.patience);
  if (!cache) return true;
  for (int other = 0; other < processes; ++other) {
    const auto address = nth_address(other, round);
    facts::Facts facts;
    (void)cache->read(address, CacheFixture::everything(), facts, test.now);
    if (facts.registration.known() && facts.registration.value.name != address.str()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE_METHOD(CacheFixture, "twenty processes at once make one database and lose nothing") {
  CHECK(exit_codes_of_children(processes, [&](int process) {
          if (!cache::Cache::open(folder.path(), settings, patience)) return 1;
          for (unsigned round = 0; round < 20; ++round) {
            if (!store_somehow(*this, nth_address(process, round))) return 2;
          }
          return 0;
        }) == all_well);
  auto cache = open();
  for (int process = 0; process < processes; ++process) {
    for (unsigned round = 0; round < 20; ++round) {
      const auto address = nth_address(process, round);
      facts::Facts facts;
      REQUIRE(cache.read(address, everything(), facts, now));
      CHECK(facts.registration.value.name == address.str());
    }
  }
  CHECK(integrity(folder / "cache.db") == Lines{"ok"});
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 3);
}

TEST_CASE_METHOD(CacheFixture, "reading never fails while others write") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  CHECK(exit_codes_of_children(processes, [&](int process) {
          for (unsigned round = 0; round < 50; ++round) {
            auto cache = cache::Cache::open(folder.path(), settings, patience);
            if (!cache) return 1;
            facts::Facts facts;
            if (!cache->read(address("192.0.2.1"), everything(), facts, now)) return 2;
            if (!facts.registration.known()) return 3;
            const auto own = nth_address(process, round);
            (void)cache->store(own, registration("OWN", own.str(), own.str()), patience);
          }
          return 0;
        }) == all_well);
}

TEST_CASE_METHOD(CacheFixture, "upkeep and logins at once get along") {
  settings.max_entries = 50;
  CHECK(exit_codes_of_children(processes, [&](int process) {
          for (unsigned round = 0; round < 20; ++round) {
            if (process == 0) (void)cache::prune(folder.path(), settings, now);
            if (!login_is_right(*this, process, round)) return 1;
          }
          return 0;
        }) == all_well);
  CHECK(integrity(folder / "cache.db") == Lines{"ok"});
}

TEST_CASE_METHOD(CacheFixture, "a damaged database is begun anew, whoever sees it first") {
  folder.write("cache.db", std::string(50'000, 'x'));
  CHECK(exit_codes_of_children(processes, [&](int process) {
          return store_somehow(*this, nth_address(process, 0)) ? 0 : 1;
        }) == all_well);
  // Those who found it so at the same moment may have emptied it once more: the last one's is left.
  int left = 0;
  for (int process = 0; process < processes; ++process) {
    left += registered(nth_address(process, 0).str()) == nth_address(process, 0).str() ? 1 : 0;
  }
  CHECK(left > 0);
  CHECK(store_somehow(*this, nth_address(0, 1)));
  CHECK(registered(nth_address(0, 1).str()) == nth_address(0, 1).str());
  CHECK(integrity_beside_lost_pages(folder / "cache.db") == Lines{"ok"});
}

TEST_CASE_METHOD(CacheFixture, "nobody is served nonsense while the file is deleted or damaged") {
  const auto path = folder / "cache.db";
  const auto codes = exit_codes_of_children(processes, [&](int process) {
    for (unsigned round = 0; round < 30; ++round) {
      if (process == 0 && round % 2 == 0) {
        unlink(path.c_str());  // as an administrator would, forgetting the journal
      } else if (process == 0) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        (void)!pwrite(file, "no database at all", 18, 0);
        close(file);
      } else if (!login_is_right(*this, process, round)) {
        return 1;
      }
    }
    return 0;
  });
  CHECK(codes == all_well);
  CHECK(store_somehow(*this, nth_address(0, 0)));
  CHECK(registered(nth_address(0, 0).str()) == nth_address(0, 0).str());
  CHECK(integrity_beside_lost_pages(path) == Lines{"ok"});
}

TEST_CASE_METHOD(CacheFixture, "processes that are killed while they write leave a whole file") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  for (int i = 0; i < 10; ++i) {
    const auto child = start_child([&]() -> int {
      for (unsigned round = 0;; ++round) (void)login_is_right(*this, i, round % 256);
    });
    auto cache = open();
    while (true) {  // until it is in the middle of its work
      facts::Facts facts;
      REQUIRE(cache.read(nth_address(i, 5), everything(), facts, now));
      if (facts.registration.known()) break;
    }
    kill(child, SIGKILL);
    CHECK(wait_for_child(child) == 128 + SIGKILL);
    CHECK(registered("192.0.2.1") == "NET");
  }
  CHECK(integrity(folder / "cache.db") == Lines{"ok"});
}
