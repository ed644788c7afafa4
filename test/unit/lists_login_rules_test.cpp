// LoginRules: where the rules come from. lists_changes_test.cpp has what makes them anew.

#include "lists/login_rules.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "catch.hpp"
#include "list_site.hpp"
#include "lists/index_store.hpp"
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
  const auto early = site.inode();
  REQUIRE(site.open().from_file());
  CHECK(site.inode() != early);  // they may have changed within the same step of the clock
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  const auto settled = site.inode();
  REQUIRE(site.open().from_file());
  CHECK(site.inode() == settled);
  // What an editor leaves beside them costs reading them once more.
  let_clock_tick(site.folder, site.index());
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
    old.at(offsetof(format::FileHeader, version)) = 0;
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
  std::string place = "/lists.lock cannot be written: ";
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
    place = "/lists.index cannot be used: it is no regular file";
  }
  CHECK(exit_code_of_child([&] {
          become_nobody();
          for (int login = 0; login < 2; ++login) {
            auto request = site.request();
            request.state_path = state;
            const auto rules = LoginRules::open(request).value();
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
  wait_for_maker(site.state);
  CHECK(site.open().from_file());
}

TEST_CASE("what root made before it gave the state folder away is in nobody's way") {
  if (::geteuid() != 0) return;
  ListSite site;
  site.forget_the_moment();
  chmod(site.folder.path().c_str(), 0755);
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  REQUIRE(chown(site.state.c_str(), 65534, 65534) == 0);
  for (int login = 0; login < 2; ++login) {
    CHECK(exit_code_of_child([&] {
            become_nobody();
            const auto rules = site.open();
            return rules.from_file() && rules.trouble().empty() ? 0 : 1;
          }) == 0);
    wait_for_maker(site.state);
  }
}

TEST_CASE(
    "while one makes a new index the others go on with the old, or wait where there is none") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  auto right = IndexStore(site.state).take_right().value();
  REQUIRE(right);
  const auto unfinished = IndexStore(site.state).start_new();
  site.clock = std::chrono::system_clock::now;
  const auto index = site.state + "/lists.index";
  site.list("ip_net.deny.lst", "192.0.2.0/24\n198.51.100.0/24\n");
  const auto old = site.open();
  CHECK(old.from_file());
  CHECK(old.trouble().empty());
  CHECK(refused_by(old, "198.51.100.1").empty());

  fs::remove(index);
  auto hasty = site.request();
  hasty.deadline = LoginRules::Clock::now() + std::chrono::milliseconds(30);
  const auto none = LoginRules::open(hasty);
  REQUIRE_FALSE(none);
  CHECK(none.error() == index + ": another login is making it, and takes too long");

  const auto waiting = start_child([&] {
    right.reset();  // its copy
    return refused_by(site.open(), "198.51.100.1") == "ip_net.deny.lst:2" ? 0 : 1;
  });
  right.reset();
  CHECK(wait_for_child(waiting) == 0);
  CHECK(site.is_current());
}

TEST_CASE("while who makes a new index does not get on everybody says that the lists are old") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  const auto right = IndexStore(site.state).take_right().value();
  REQUIRE(right);
  site.list("ip_net.deny.lst", "198.51.100.0/24\n");
  const auto check = [&] {
    const auto rules = site.open();
    CHECK(rules.are_old());
    CHECK_THAT(rules.trouble(),
               Catch::Matchers::StartsWith(site.state +
                                           "/lists.index: the lists have changed, and the process "
                                           "that reads them is held up; the lists count as they "
                                           "were at "));
    CHECK(refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1");
  };
  check();  // it has not begun
  const auto unfinished = IndexStore(site.state).start_new();
  check();  // an hour ago
}

TEST_CASE("who makes a new index waits for half of the time, and goes on with the old one") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  site.list("ip_net.deny.lst", "198.51.100.0/24\n");
  auto request = site.request();
  request.deadline = LoginRules::Clock::now() + std::chrono::seconds(4);
  request.clock = [&site, now = site.clock, login = getpid()] {
    // The process that makes the index is held up until the login is over.
    while (getpid() != login && !fs::exists(site.folder / "over")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return now();
  };
  const auto rules = LoginRules::open(request);
  CHECK(LoginRules::Clock::now() < request.deadline);
  site.folder.write("over", "");
  REQUIRE(rules);
  CHECK(rules->are_old());
  CHECK_THAT(rules->trouble(), ContainsSubstring("are still being read"));
  CHECK(refused_by(*rules, "192.0.2.1") == "ip_net.deny.lst:1");
  wait_for_maker(site.state);
  CHECK(refused_by(site.open(), "192.0.2.1").empty());
}

TEST_CASE("the rules of the index are heard before a list is looked at") {
  ListSite site;
  site.forget_the_moment();
  auto request = site.request();
  std::vector<std::string> heard;
  request.hear_last = [&](const Index& last) {
    heard.emplace_back();
    last.networks(Action::deny, badclients::net::Address::parse("192.0.2.1").value(),
                  [&](const Hit& hit) { return heard.back() = hit.where(), true; });
  };
  CHECK(LoginRules::open(request));  // there is none
  CHECK(heard.empty());
  wait_for_maker(site.state);
  CHECK(LoginRules::open(request));
  CHECK(heard == std::vector<std::string>{"ip_net.deny.lst:1"});
  site.list("ip_net.deny.lst", "# none\n");
  const auto changed = LoginRules::open(request);
  REQUIRE(changed);
  CHECK(refused_by(*changed, "192.0.2.1").empty());
  CHECK(heard == std::vector<std::string>(2, "ip_net.deny.lst:1"));
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
    CHECK_FALSE(fs::exists(site.index() + ".tmp"));
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

namespace {

/// A login of a user who may not read everything: `ask` says whether all is well.
bool as_nobody(const ListSite& site, const std::function<bool(const LoginRules&)>& ask) {
  const auto code = exit_code_of_child([&] {
    become_nobody();
    return ask(site.open()) ? 0 : 1;
  });
  wait_for_maker(site.state);
  return code == 0;
}

/// Lists whose owner is root, and a state folder that everybody may write to.
struct SharedSite : ListSite {
  SharedSite() {
    forget_the_moment();
    chmod(folder.path().c_str(), 0755);
    REQUIRE(chown(state.c_str(), 65534, 65534) == 0);
    list("asn.deny.lst", "AS64500\n");
    list("ip_net.allow.lst", "192.0.2.7\n");
    list("ip_net.deny.d/more.lst", "198.51.100.0/24\n");
    list("maxmind/geo_cc.deny.lst", "RU\n");
    list("clients/one.client", "Name: One\n\nip_net=@data/one.lst\nasn=AS64501\n");
    list("clients/data/one.lst", "203.0.113.0/24\n");
  }

  [[nodiscard]] static bool has_all(const LoginRules& rules) {
    const auto& index = rules.index();
    const auto finds = [&](Field field, const char* value) {
      bool found = false;
      index.equal(field, Action::deny, value, [&](const Hit&) { return !(found = true); });
      return found;
    };
    bool allowed = false;
    index.networks(Action::allow, *badclients::net::Address::parse("192.0.2.7"),
                   [&](const Hit&) { return !(allowed = true); });
    bool client = false;
    index.anchored(*badclients::net::Address::parse("203.0.113.1"),
                   [&](std::uint32_t) { return !(client = true); });
    return allowed && client && finds(Field::asn, "AS64500") &&
           finds(Field::maxmind_geo_cc, "RU") && index.client_rule_count() == 2 &&
           refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1" &&
           refused_by(rules, "198.51.100.1") == "ip_net.deny.d/more.lst:1";
  }
};

}  // namespace

TEST_CASE(
    "what cannot be read stays in force as it was, is told of, and counts again when it can be") {
  if (::geteuid() != 0) return;  // who else can close something to nobody?
  const SharedSite site;
  REQUIRE(as_nobody(site, [](const auto& rules) {
    return SharedSite::has_all(rules) && rules.fault_count() == 0;
  }));
  const auto path =
      GENERATE(as<std::string>{}, "", "/ip_net.deny.lst", "/ip_net.allow.lst", "/asn.deny.lst",
               "/ip_net.deny.d", "/ip_net.deny.d/more.lst", "/maxmind", "/maxmind/geo_cc.deny.lst",
               "/clients", "/clients/one.client", "/clients/data", "/clients/data/one.lst");
  CAPTURE(path);
  const auto mode = fs::is_directory(site.lists + path) ? 0755 : 0644;
  let_clock_tick(site.folder, site.lists);
  chmod((site.lists + path).c_str(), 0);
  const auto told = [&](const LoginRules& rules) {
    const auto faults = rules.faults();
    const auto closed = path == "/clients/data" ? path + "/one.lst" : path;
    const auto text = site.lists + closed + ": cannot be read: Permission denied; what it said at ";
    return SharedSite::has_all(rules) && rules.unread() != 0 && rules.trouble().empty() &&
           std::any_of(faults.begin(), faults.end(),
                       [&](const auto& fault) { return fault.starts_with(text); });
  };
  CHECK(as_nobody(site, told));
  const auto made = site.inode();
  CHECK(as_nobody(site, told));
  CHECK(site.inode() == made);  // each login tries, and makes nothing
  if (!path.empty()) {
    // A change of another list does not lose it.
    site.list("rev_host.deny.lst", "a.*\n");
    CHECK(as_nobody(site, [&](const auto& rules) {
      return told(rules) && rules.index().has(Field::rev_host, Action::deny);
    }));
    CHECK(site.inode() != made);
  }
  chmod((site.lists + path).c_str(), static_cast<mode_t>(mode));
  CHECK(as_nobody(site, [](const auto& rules) {
    return SharedSite::has_all(rules) && rules.fault_count() == 0;
  }));
}

TEST_CASE("what never could be read is told of, and the rest counts") {
  if (::geteuid() != 0) return;
  const SharedSite site;
  chmod((site.lists + "/asn.deny.lst").c_str(), 0);
  CHECK(as_nobody(site, [&](const LoginRules& rules) {
    return refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1" && rules.unread() == 1 &&
           rules.faults().at(0) == site.lists + "/asn.deny.lst: cannot be read: Permission denied";
  }));
}

TEST_CASE("the rules of a client whose link leads to nothing stay in force, and are told of") {
  ListSite site;
  site.forget_the_moment();
  site.folder.write("one.client", "Name: One\n\nasn=AS64500\n");
  link(site.folder / "one.client", site.lists + "/clients/one.client");
  CHECK(site.open().index().client_rule_count() == 1);
  fs::rename(site.folder / "one.client", site.folder / "away");
  for (int login = 0; login < 2; ++login) {
    const auto rules = site.open();
    CHECK(rules.index().client_rule_count() == 1);
    CHECK(rules.unread() == 1);
    CHECK_THAT(rules.faults().at(0), ContainsSubstring("clients/one.client: cannot be read: is a "
                                                       "symbolic link to something that does not "
                                                       "exist; what it said at "));
  }
  fs::rename(site.folder / "away", site.folder / "one.client");
  CHECK(site.open().fault_count() == 0);
  fs::remove(site.lists + "/clients/one.client");
  CHECK(site.open().index().client_rule_count() == 0);
}

TEST_CASE("a list that is no list any more counts as it was, and is told of") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().fault_count() == 0);
  site.list("ip_net.deny.lst", std::string("\xff\xfe"
                                           "1\0",
                                           4));
  CHECK(refused_by(site.open(), "192.0.2.1") == "ip_net.deny.lst:1");
  const auto made = site.inode();
  const auto rules = site.open();
  CHECK(site.inode() == made);
  CHECK(rules.unread() == 1);
  CHECK_THAT(rules.faults().at(0), ContainsSubstring("is UTF-16 text"));
  site.list("ip_net.deny.lst", "198.51.100.0/24\n");
  CHECK(refused_by(site.open(), "192.0.2.1").empty());
}

TEST_CASE("an index that was damaged in any page is made anew before a rule of it counts") {
  ListSite site;
  site.forget_the_moment();
  std::string networks;
  for (int i = 0; i < 3000; ++i) {
    networks += fmt::format("10.{}.{}.0/25\n2001:db8:{:x}::/48\n", i / 256, i % 256, i);
  }
  site.list("ip_net.deny.lst", networks);
  site.list("ip_net.allow.lst", "10.0.0.0/30\n");
  site.list("rev_host.deny.lst", ".*%.example%.net\n");
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  const auto good = read_whole_file(site.index());
  for (std::size_t page = 0; page < good.size(); page += 4096) {
    for (const std::size_t offset : {0U, 1000U, 3500U}) {
      auto bad = good;
      const auto begin = std::min(page + offset, bad.size());
      std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>(begin),
                  std::min<std::size_t>(600, bad.size() - begin), '\0');
      if (bad == good) continue;
      std::ofstream{site.index(), std::ios::binary | std::ios::in} << bad;
      const auto rules = site.open();
      CAPTURE(page, offset);
      REQUIRE(rules.trouble().empty());
      REQUIRE(refused_by(rules, "10.5.7.1") != "");
      REQUIRE(refused_by(rules, "2001:db8:bb7::1") != "");
      REQUIRE(refused_by(rules, "10.5.7.200").empty());
      REQUIRE(refused_by(rules, "192.0.2.1").empty());
      wait_for_maker(site.state);
    }
  }
  CHECK(site.is_current());
}

TEST_CASE("what is damaged after it was verified shows, and is read anew") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  site.damage_verified_index();
  {
    const auto rules = site.open();
    CHECK_THROWS_AS(refused_by(rules, "192.0.2.1"), DamagedIndex);
  }
  auto request = site.request();
  request.trust_verified = false;
  if (::geteuid() == 0) {  // who cannot take the mark away does not believe it either
    chmod(site.folder.path().c_str(), 0755);
    chmod((site.state + "/lists.verified").c_str(), 0644);
    CHECK(exit_code_of_child([&] {
            become_nobody();
            const auto rules = LoginRules::open(request).value();
            return refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1" ? 0 : 1;
          }) == 0);
  }
  CHECK(refused_by(LoginRules::open(request).value(), "192.0.2.1") == "ip_net.deny.lst:1");
  CHECK(site.is_current());
  CHECK(refused_by(site.open(), "192.0.2.1") == "ip_net.deny.lst:1");
}

TEST_CASE("lists that cannot be compiled leave the rules as they were, and every login says so") {
  ListSite site;
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  const auto made = site.inode();
  site.list("ip_net.deny.lst", "198.51.100.0/24\n");
  IndexWriter writer(site.lists, site.clock);
  (void)writer.image();
  IndexStore(site.state)
      .remember_failure(writer.failure({badclients::config::Problem::Severity::error, site.index(),
                                        0, "cannot be made: too long"}));
  for (int login = 0; login < 2; ++login) {
    const auto rules = site.open();
    CHECK(rules.from_file());
    CHECK(rules.are_old());
    CHECK_THAT(rules.trouble(),
               Catch::Matchers::StartsWith(site.index() + ": cannot be made: too long; the lists "
                                                          "count as they were at "));
    CHECK(refused_by(rules, "192.0.2.1") == "ip_net.deny.lst:1");
    CHECK(refused_by(rules, "198.51.100.1").empty());
  }
  CHECK(site.inode() == made);
  fs::remove(site.index());
  CHECK(LoginRules::open(site.request()).error() == site.index() + ": cannot be made: too long");
  site.list("ip_net.deny.lst", "203.0.113.0/24\n");
  CHECK(refused_by(site.open(), "203.0.113.1") == "ip_net.deny.lst:1");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they take terabytes
namespace {

/// Of this process, beside what it has.
void leave_address_space(rlim_t bytes) {
  rlim_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  const auto most = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
  const rlimit limit{most, most};
  ::setrlimit(RLIMIT_AS, &limit);
}

/// Compiled, they take 30 MiB.
std::string many_networks() {
  std::string text;
  for (int i = 0; i < 2'000'000; ++i) {
    text += fmt::format("10.{}.{}.{}\n", i >> 16, i >> 8 & 255, i & 255);
  }
  return text;
}

constexpr rlim_t too_little = 36U << 20U;

}  // namespace

TEST_CASE("an index that a login cannot map does not replace one that it can") {
  ListSite site;
  site.list("ip_net.deny.lst", "192.0.2.0/24\n");
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  const auto made = site.inode();
  site.list("ip_net.deny.lst", many_networks());
  CHECK(exit_code_of_child([&] {
          leave_address_space(too_little);
          const auto rules = LoginRules::open(site.request());
          if (!rules) return 1;
          if (!rules->are_old() || refused_by(*rules, "192.0.2.1") != "ip_net.deny.lst:1") return 2;
          return rules->trouble().find("the lists are too long") != std::string::npos ? 0 : 3;
        }) == 0);
  CHECK(site.inode() == made);
}

TEST_CASE("shorter lists replace an index that this login cannot map") {
  ListSite site;
  site.list("ip_net.deny.lst", many_networks());
  site.forget_the_moment();
  REQUIRE(site.open().from_file());
  wait_for_maker(site.state);
  site.list("ip_net.deny.lst", "192.0.2.0/24\n");
  CHECK(exit_code_of_child([&] {
          leave_address_space(24U << 20U);
          const auto rules = LoginRules::open(site.request());
          if (!rules) return 1;
          if (!rules->from_file() || !rules->trouble().empty()) return 2;
          return refused_by(*rules, "192.0.2.1") == "ip_net.deny.lst:1" ? 0 : 3;
        }) == 0);
}
#endif

TEST_CASE("a state folder that is a folder of lists is told of, one that lies in it is not") {
  ListSite site;
  site.list("ip_net.deny.lst", "192.0.2.0/24\n");
  auto request = site.request();
  request.state_path = site.lists;
  for (int login = 0; login < 2; ++login) {
    const auto rules = LoginRules::open(request);
    REQUIRE(rules);
    CHECK(refused_by(*rules, "192.0.2.1") == "ip_net.deny.lst:1");
    CHECK_THAT(rules->trouble(), ContainsSubstring("lies in a folder of lists"));
    wait_for_maker(request.state_path);
  }
  request.state_path = site.lists + "/state";
  std::filesystem::create_directory(request.state_path);
  site.forget_the_moment();
  for (int login = 0; login < 3; ++login) {
    const auto rules = LoginRules::open(request);
    REQUIRE(rules);
    CHECK(rules->trouble().empty());
    wait_for_maker(request.state_path);
  }
}

TEST_CASE("rules that are kept hold as long as lists.index and all lists are the same") {
  ListSite site;
  site.forget_the_moment();
  const auto opened = [&] {
    (void)site.open();
    wait_for_maker(site.state);
    return site.open();
  };
  const auto holds = [&](const LoginRules& rules, bool trusted = true) {
    auto request = site.request();
    request.trust_verified = trusted;
    return rules.hold(request);
  };
  auto rules = std::make_unique<LoginRules>(opened());
  CHECK(holds(*rules));
  CHECK(holds(*rules));
  CHECK_FALSE(holds(*rules, false));
  {
    auto elsewhere = site.request();
    elsewhere.list_path = site.state;
    CHECK_FALSE(rules->hold(elsewhere));
    elsewhere = site.request();
    elsewhere.state_path = site.lists;
    CHECK_FALSE(rules->hold(elsewhere));
  }
  std::vector<std::string> heard;
  auto request = site.request();
  request.hear_last = [&](const Index& last) { heard.emplace_back(last.list_path()); };
  CHECK(rules->hold(request));
  CHECK(heard == std::vector{site.lists});
  request.hear_last = [](const Index&) { throw DamagedIndex(); };
  CHECK_FALSE(rules->hold(request));

  SECTION("a list has changed") {
    let_clock_tick(site.folder, site.lists + "/ip_net.deny.lst");
    site.list("ip_net.deny.lst", "198.51.100.0/24\n");
    CHECK_FALSE(holds(*rules));
  }
  SECTION("a list has come") {
    let_clock_tick(site.folder, site.lists);
    site.list("asn.deny.lst", "AS64500\n");
    CHECK_FALSE(holds(*rules));
  }
  SECTION("the index was replaced") {
    std::filesystem::copy_file(site.index(), site.state + "/other");
    std::filesystem::rename(site.state + "/other", site.index());
    CHECK_FALSE(holds(*rules));
    CHECK_FALSE(holds(site.open(), false));
  }
  SECTION("the index was deleted") {
    std::filesystem::remove(site.index());
    CHECK_FALSE(holds(*rules));
  }
  SECTION("the index was emptied") {
    std::ofstream(site.index(), std::ios::trunc);
    CHECK_FALSE(holds(*rules));
  }
  SECTION("the state folder was moved away") {
    // What an unreadable list said last stands in the index alone.
    fs::rename(site.state, site.folder / "old");
    fs::create_directory(site.state);
    CHECK_FALSE(holds(*rules));
  }
}
