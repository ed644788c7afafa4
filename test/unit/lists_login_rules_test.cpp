// LoginRules: where the rules come from. lists_changes_test.cpp has what makes them anew.

#include "lists/login_rules.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "catch.hpp"
#include "list_site.hpp"
#include "lists/index_writer.hpp"
#include "many_processes.hpp"

using namespace badclients::lists;
namespace fs = std::filesystem;

TEST_CASE("the index is made once, and read from then on") {
  ListSite site;
  site.forget_the_moment();
  const auto first = site.open();
  CHECK(first.from_file());
  CHECK(first.trouble().empty());
  CHECK(refused_by(first, "192.0.2.1") == "ip_net.deny.lst:1");
  const auto made = site.inode();
  REQUIRE(made != 0);
  const auto second = site.open();
  CHECK(second.from_file());
  CHECK(refused_by(second, "192.0.2.1") == "ip_net.deny.lst:1");
  CHECK(refused_by(second, "198.51.100.1").empty());
  CHECK(site.inode() == made);
}

TEST_CASE("once the lists are at rest, their stamps alone tell that nothing has changed") {
  ListSite site;
  REQUIRE(site.open().from_file());
  const auto made = site.inode();
  REQUIRE(site.open().from_file());
  CHECK(site.inode() == made);  // read, and found the same
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  const auto settled = site.inode();
  CHECK(settled != made);  // with the stamps of now
  CHECK(site.is_current());
  REQUIRE(site.open().from_file());
  CHECK(site.inode() == settled);
  // Also where a file was only touched, or an editor has left something beside it.
  let_clock_tick(site.folder, site.index());
  site.list("ip_net.deny.lst", "192.0.2.0/24\n");
  site.list(".ip_net.deny.lst.swp", "");
  REQUIRE(site.open().from_file());
  const auto again = site.inode();
  CHECK(again != settled);
  REQUIRE(site.open().from_file());
  CHECK(site.inode() == again);
}

TEST_CASE("a file in the index's place that is none gives way to one") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  const auto good = read_whole_file(site.index());
  const auto put = [&](const std::string& bytes) { std::ofstream{site.index()} << bytes; };
  SECTION("empty") {
    put("");
  }
  SECTION("cut short") {
    put(good.substr(0, good.size() / 2));
  }
  SECTION("of another kind") {
    put("x" + good);
  }
  SECTION("of an older version") {
    auto old = good;
    old[offsetof(format::FileHeader, version)] = 0;
    put(old);
  }
  SECTION("one that others may write to") {
    chmod(site.index().c_str(), 0666);
    site.list("tidings", "");
  }
  SECTION("a link to one elsewhere") {
    fs::rename(site.index(), site.folder / "planted");
    link(site.folder / "planted", site.index());
  }
  SECTION("a FIFO") {
    fs::remove(site.index());
    REQUIRE(mkfifo(site.index().c_str(), 0600) == 0);
  }
  const auto rules = site.open();
  CHECK(rules.from_file());
  CHECK(rules.trouble().empty());
  CHECK(refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1");
  CHECK(site.is_current());
  struct stat status {};
  REQUIRE(lstat(site.index().c_str(), &status) == 0);
  CHECK(status.st_mode == (S_IFREG | 0600));
}

TEST_CASE("another user's index in a folder that is open to all is not believed") {
  if (::geteuid() != 0) return;  // who else could make one?
  ListSite site;
  site.forget_the_moment();
  chmod(site.folder.path().c_str(), 0755);
  chmod(site.state.c_str(), 01777);
  REQUIRE(site.open().from_file());
  REQUIRE(chown(site.index().c_str(), 1234, 1234) == 0);
  chmod(site.index().c_str(), 0644);
  CHECK(exit_code_of_child([&] {
          become_nobody();
          const auto rules = site.open();
          return !rules.from_file() && !rules.trouble().empty() ? 0 : 1;
        }) == 0);
}

TEST_CASE("where the state folder cannot be written every login reads the lists, and says why") {
  const ListSite site;
  std::string place = "/lists.index.new cannot be written: ";
  auto state = site.state;
  chmod(site.folder.path().c_str(), 0755);
  SECTION("missing") {
    state += "/missing";
    place += "No such file or directory";
  }
  SECTION("not ours") {
    chmod(site.state.c_str(), 0555);
    place += "Permission denied";
  }
  SECTION("a file") {
    state = site.folder.write("file", "");
    place += "Not a directory";
  }
  SECTION("with a folder in the index's place") {
    fs::create_directory(site.index());
    chmod(site.state.c_str(), 0777);  // NOLINT
    place += "Is a directory";
  }
  CHECK(exit_code_of_child([&] {
          become_nobody();
          for (int login = 0; login < 2; ++login) {
            const auto rules = LoginRules::open(site.lists, state, site.clock).value();
            if (rules.from_file()) return 1;
            if (rules.trouble() != state + place + "; every login reads the lists anew") return 2;
            if (refused_by(rules, "192.0.2.1") != "ip_net.deny.lst:1") return 3;
          }
          return 0;
        }) == 0);
}

TEST_CASE("an index that is up to date serves where nothing can be written") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  chmod(site.folder.path().c_str(), 0755);
  chmod(site.state.c_str(), 0555);
  chmod(site.index().c_str(), 0644);
  CHECK(exit_code_of_child([&] {
          become_nobody();
          const auto rules = site.open();
          return rules.from_file() && rules.trouble().empty() ? 0 : 1;
        }) == 0);
}

TEST_CASE("where the disk is full every login reads the lists, and says why") {
  const ListSite site;
  CHECK(exit_code_of_child([&] {
          std::signal(SIGXFSZ, SIG_IGN);
          const rlimit small{100, 100};
          ::setrlimit(RLIMIT_FSIZE, &small);
          const auto rules = site.open();
          const bool told = rules.trouble().find("File too large") != std::string::npos;
          return told && refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1" ? 0 : 1;
        }) == 0);
}

TEST_CASE("root leaves nothing in another user's state folder, but reads what is there") {
  if (::geteuid() != 0) return;
  ListSite site;
  site.forget_the_moment();
  REQUIRE(chown(site.state.c_str(), 65534, 65534) == 0);
  const auto alone = site.open();
  CHECK_FALSE(alone.from_file());
  CHECK(alone.trouble().empty());
  CHECK(refused_by(alone, "192.0.2.1") == "ip_net.deny.lst:1");
  CHECK(fs::is_empty(site.state));

  chmod(site.folder.path().c_str(), 0755);
  REQUIRE(exit_code_of_child([&] {
            become_nobody();
            return site.open().from_file() ? 0 : 1;
          }) == 0);
  CHECK(site.open().from_file());
}

TEST_CASE("while one makes a new index the others go on with the old, or read the lists") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  auto maker = IndexWriter::take(site.state, Purpose::rules).value();
  site.list("ip_net.deny.lst", "192.0.2.0/24\n198.51.100.0/24\n");
  const auto old = site.open();
  CHECK(old.from_file());
  CHECK(old.trouble().empty());
  CHECK(refused_by(old, "198.51.100.1").empty());

  fs::remove(site.index());
  const auto own = site.open();
  CHECK_FALSE(own.from_file());
  CHECK(own.trouble().empty());
  CHECK(refused_by(own, "198.51.100.1") == "ip_net.deny.lst:2");

  maker.reset();
  CHECK(refused_by(site.open(), "198.51.100.1") == "ip_net.deny.lst:2");
}

TEST_CASE("of many logins at once every one has rules, and they leave a sound index") {
  const ListSite site;
  for (const auto* network : {"192.0.2.0/24\n", "198.51.100.0/24\n", "203.0.113.0/24\n"}) {
    site.list("ip_net.deny.lst", std::string("10.0.0.0/8\n") + network);
    const auto codes = exit_codes_of_children(16, [&](int) {
      const auto rules = site.open();
      return rules.trouble().empty() && refused_by(rules, "10.0.0.1") == "ip_net.deny.lst:1" ? 0
                                                                                             : 1;
    });
    CHECK(codes == std::vector<int>(16, 0));
    CHECK(site.open().from_file());
    CHECK(site.is_current());
    CHECK_FALSE(fs::exists(site.index() + ".new"));
  }
}

TEST_CASE("lines without effect are told by every login, not only by the one that read them") {
  const ListSite site;
  site.list("asn.deny.lst", "AS64500\nnonsense\n");
  for (int login = 0; login < 2; ++login) {
    const auto rules = site.open();
    CHECK(rules.from_file());
    CHECK(rules.fault_count() == 1);
    REQUIRE(rules.faults().size() == 1);
    CHECK_THAT(rules.faults()[0], ContainsSubstring(site.lists + "/asn.deny.lst:2: "));
  }
}
