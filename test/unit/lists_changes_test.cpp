// LoginRules: whatever an administrator changes counts from the next login on.

#include <filesystem>
#include <functional>

#include "catch.hpp"
#include "child_process.hpp"
#include "list_site.hpp"
#include "lists/login_rules.hpp"
#include "many_processes.hpp"

using namespace badclients::lists;
namespace fs = std::filesystem;

namespace {

/// What an administrator does, and whether the next login has it: once at once, within the same
/// step of every clock, and once where only stamps can tell; by a process of its own, and by one
/// that has looked at the same lists before, and holds them open.
void check_noticed(const std::function<void(const ListSite&)>& prepare,
                   const std::function<void(const ListSite&)>& change) {
  for (const bool settled : {false, true}) {
    CAPTURE(settled);
    ListSite site;
    prepare(site);
    if (settled) site.forget_the_moment();
    REQUIRE(site.open().from_file());
    REQUIRE(site.is_current());
    const auto before = site.compiled();
    const auto kept = site.open();
    for (int login = 0; settled && login < 3; ++login) REQUIRE(kept.hold(site.request()));
    if (settled) let_clock_tick(site.folder, site.index());
    change(site);
    REQUIRE(site.compiled() != before);
    CHECK_FALSE(kept.hold(site.request()));
    const auto rules = site.open();
    CHECK(rules.trouble() == "");
    CHECK(rules.from_file());
    CHECK(site.is_current());
  }
}

void nothing(const ListSite&) {}

constexpr const char* client = "Name: One\n\nasn=AS64500\n";
constexpr const char* other_client = "Name: One\n\nasn=AS64501\n";
constexpr const char* client_with_data = "Name: One\n\nip_net=@data/one.lst\n";

}  // namespace

TEST_CASE("a change of a list counts from the next login on") {
  const auto list = [](const char* text) {
    return [text](const ListSite& site) { site.list("ip_net.deny.lst", text); };
  };
  SECTION("more lines") {
    check_noticed(nothing, list("192.0.2.0/24\n198.51.100.0/24\n"));
  }
  SECTION("the same size") {
    check_noticed(nothing, list("192.0.3.0/24\n"));
  }
  SECTION("the same size and time") {
    check_noticed(nothing, [](const ListSite& site) {
      const auto path = site.lists + "/ip_net.deny.lst";
      const auto time = fs::last_write_time(path);
      site.list("ip_net.deny.lst", "192.0.3.0/24\n");
      fs::last_write_time(path, time);
    });
  }
  SECTION("another file by that name, older and of the same size") {
    check_noticed([](const ListSite& site) { site.list("older", "192.0.3.0/24\n"); },
                  [](const ListSite& site) {
                    fs::rename(site.lists + "/older", site.lists + "/ip_net.deny.lst");
                  });
  }
  SECTION("a new list") {
    check_noticed(nothing, [](const ListSite& site) { site.list("asn.deny.lst", "AS64500\n"); });
  }
  SECTION("a list less") {
    check_noticed(nothing,
                  [](const ListSite& site) { fs::remove(site.lists + "/ip_net.deny.lst"); });
  }
  SECTION("a link to nothing gets something") {
    check_noticed(
        [](const ListSite& site) {
          fs::create_symlink(site.folder / "asn", site.lists + "/asn.deny.lst");
        },
        [](const ListSite& site) { site.folder.write("asn", "AS64500\n"); });
  }
  SECTION("a list in a folder that was not there") {
    check_noticed(nothing,
                  [](const ListSite& site) { site.list("maxmind/geo_cc.deny.lst", "DE"); });
  }
  SECTION("a list in a folder that was there") {
    check_noticed([](const ListSite& site) { site.list("maxmind/readme", ""); },
                  [](const ListSite& site) { site.list("maxmind/geo_cc.deny.lst", "DE\n"); });
  }
  SECTION("a folder of more lists that was not there") {
    check_noticed(nothing, [](const ListSite& site) { site.list("asn.deny.d/a.lst", "AS1\n"); });
  }
  SECTION("one of more lists, where there were others") {
    check_noticed([](const ListSite& site) { site.list("asn.deny.d/a.lst", "AS1\n"); },
                  [](const ListSite& site) { site.list("asn.deny.d/b.lst", "AS2\n"); });
  }
  SECTION("within one of more lists") {
    check_noticed([](const ListSite& site) { site.list("asn.deny.d/a.lst", "AS1\n"); },
                  [](const ListSite& site) { site.list("asn.deny.d/a.lst", "AS2\n"); });
  }
}

TEST_CASE("a change of a client counts from the next login on") {
  const auto add = [](const char* text) {
    return [text](const ListSite& site) { site.list("clients/one.client", text); };
  };
  const auto linked = [](const char* text) {
    return [text](const ListSite& site) {
      site.folder.write("one.client", text);
      link(site.folder / "one.client", site.lists + "/clients/one.client");
    };
  };
  SECTION("a new one") {
    check_noticed(nothing, add(client));
  }
  SECTION("the first one, in a folder that was not there") {
    check_noticed([](const ListSite& site) { fs::remove(site.lists + "/clients"); }, add(client));
  }
  SECTION("another rule") {
    check_noticed(add(client), add(other_client));
  }
  SECTION("a link to one") {
    check_noticed(nothing, linked(client));
  }
  SECTION("what the link leads to") {
    check_noticed(linked(client),
                  [](const ListSite& site) { site.folder.write("one.client", other_client); });
  }
  SECTION("where the link leads to") {
    check_noticed(linked(client), [](const ListSite& site) {
      site.folder.write("two.client", other_client);
      link(site.folder / "two.client", site.lists + "/clients/one.client");
    });
  }
  SECTION("monitor mode") {
    check_noticed(add(client), [](const ListSite& site) { site.list("clients/one.monitor", ""); });
  }
  SECTION("monitor mode no more") {
    check_noticed(
        [&](const ListSite& site) {
          add(client)(site);
          site.list("clients/one.monitor", "");
        },
        [](const ListSite& site) { fs::remove(site.lists + "/clients/one.monitor"); });
  }
}

TEST_CASE("a change of a client's networks counts from the next login on") {
  const auto in_catalogue = [](const ListSite& site) {
    fs::create_directories(site.folder / "catalogue/data");
    site.folder.write("catalogue/one.client", client_with_data);
    site.folder.write("catalogue/data/one.lst", "10.0.0.0/8\n");
    link(site.folder / "catalogue/one.client", site.lists + "/clients/one.client");
  };
  const auto catalogue_data = [](const char* text) {
    return [text](const ListSite& site) { site.folder.write("catalogue/data/one.lst", text); };
  };
  SECTION("in the file") {
    check_noticed(in_catalogue, catalogue_data("11.0.0.0/8\n"));
  }
  SECTION("newer ones beside the link, in a folder that was not there") {
    check_noticed(in_catalogue,
                  [](const ListSite& site) { site.list("clients/data/one.lst", "11.0.0.0/8\n"); });
  }
  SECTION("newer ones beside the link, in a folder that was there") {
    check_noticed(
        [&](const ListSite& site) {
          in_catalogue(site);
          fs::create_directory(site.lists + "/clients/data");
        },
        [](const ListSite& site) { site.list("clients/data/one.lst", "11.0.0.0/8\n"); });
  }
  SECTION("newer ones changed, and taken away") {
    check_noticed(
        [&](const ListSite& site) {
          in_catalogue(site);
          site.list("clients/data/one.lst", "11.0.0.0/8\n");
        },
        [](const ListSite& site) { site.list("clients/data/one.lst", "12.0.0.0/8\n"); });
    check_noticed(
        [&](const ListSite& site) {
          in_catalogue(site);
          site.list("clients/data/one.lst", "11.0.0.0/8\n");
        },
        [](const ListSite& site) { fs::remove_all(site.lists + "/clients/data"); });
  }
  SECTION("a file of networks that was missing") {
    check_noticed(
        [&](const ListSite& site) {
          in_catalogue(site);
          fs::remove(site.folder / "catalogue/data/one.lst");
        },
        catalogue_data("10.0.0.0/8\n"));
  }
  SECTION("a file of networks anywhere") {
    const auto elsewhere = [](const char* text) {
      return [text](const ListSite& site) {
        const auto data = site.folder.write("elsewhere", text);
        site.list("clients/one.client", "Name: One\n\nip_net=@" + data + "\n");
      };
    };
    check_noticed(elsewhere("10.0.0.0/8\n"),
                  [](const ListSite& site) { site.folder.write("elsewhere", "11.0.0.0/8\n"); });
  }
  SECTION("another catalogue with the very same client file") {
    check_noticed(
        [&](const ListSite& site) {
          in_catalogue(site);
          fs::create_directories(site.folder / "newer/data");
          fs::create_hard_link(site.folder / "catalogue/one.client",
                               site.folder / "newer/one.client");
          site.folder.write("newer/data/one.lst", "11.0.0.0/8\n");
          link(site.folder / "catalogue", site.folder / "current");
          link(site.folder / "current/one.client", site.lists + "/clients/one.client");
        },
        [](const ListSite& site) { link(site.folder / "newer", site.folder / "current"); });
  }
}

TEST_CASE("a change of the whole folder counts from the next login on") {
  const auto second = [](const ListSite& site) {
    const TempFolder& folder = site.folder;
    fs::create_directory(folder / "second");
    folder.write("second/ip_net.deny.lst", "198.51.100.0/24\n");
  };
  SECTION("another folder by its name") {
    check_noticed(second, [](const ListSite& site) {
      fs::rename(site.lists, site.folder / "first");
      fs::rename(site.folder / "second", site.lists);
    });
  }
  SECTION("a link that leads elsewhere") {
    check_noticed(
        [&](const ListSite& site) {
          second(site);
          fs::rename(site.lists, site.folder / "first");
          link(site.folder / "first", site.lists);
        },
        [](const ListSite& site) { link(site.folder / "second", site.lists); });
  }
  SECTION("it is gone, and comes back") {
    check_noticed(nothing, [](const ListSite& site) { fs::remove_all(site.lists); });
    check_noticed([](const ListSite& site) { fs::rename(site.lists, site.folder / "away"); },
                  [](const ListSite& site) { fs::rename(site.folder / "away", site.lists); });
  }
  SECTION("another list_path") {
    ListSite site;
    site.forget_the_moment();
    second(site);
    REQUIRE(site.open().from_file());
    site.lists = site.folder / "second";
    const auto rules = site.open();
    CHECK(rules.from_file());
    CHECK(refused_by(rules, "198.51.100.1") == "ip_net.deny.lst:1");
    CHECK(refused_by(rules, "192.0.2.1").empty());
  }
}

TEST_CASE("a list that may be read again counts from the next login on") {
  for (const bool settled : {false, true}) {
    ListSite site;
    if (settled) site.forget_the_moment();
    chmod(site.folder.path().c_str(), 0755);
    chmod(site.state.c_str(), 0777);  // NOLINT: everybody's, for once
    const auto list = site.list("asn.deny.lst", "AS64500\n");
    chmod(list.c_str(), 0);
    const auto faults = [&] {
      return exit_code_of_child([&] {
        become_nobody();
        return static_cast<int>(site.open().fault_count());
      });
    };
    CHECK(faults() == 1);
    CHECK(faults() == 1);
    if (settled) let_clock_tick(site.folder, list);
    chmod(list.c_str(), 0644);
    CHECK(faults() == 0);
  }
}

TEST_CASE("two changes of the same size in the same instant both count") {
  const ListSite site;
  for (int round = 0; round < 100; ++round) {
    site.list("ip_net.deny.lst", "192.0.2.0/24\n");
    REQUIRE(refused_by(site.open(), "192.0.2.1") == "ip_net.deny.lst:1");
    site.list("ip_net.deny.lst", "192.0.3.0/24\n");
    REQUIRE(refused_by(site.open(), "192.0.2.1").empty());
  }
}

TEST_CASE("two clients switched in the same instant both count") {
  const ListSite site;
  site.folder.write("one.client", client);
  site.folder.write("two.client", other_client);
  for (int round = 0; round < 50; ++round) {
    for (const auto* target : {"one.client", "two.client"}) {
      link(site.folder / target, site.lists + "/clients/one.client");
      REQUIRE(site.open().from_file());
      REQUIRE(site.is_current());
    }
  }
}

TEST_CASE("a change of a file of names counts from the next login on") {
  const auto rule = [](const char* names) {
    return [names](const ListSite& site) {
      site.list("clients/one.client", "Name: One\n\nuser=@groups/staff asn=AS64500\n");
      site.list("user.allow.lst", "@vips\n");
      site.list("groups/staff", names);
      site.list("vips", names);
    };
  };
  SECTION("of a rule") {
    check_noticed(rule("alice\n"), [](const auto& site) { site.list("groups/staff", "carol\n"); });
  }
  SECTION("of an allow list") {
    check_noticed(rule("alice\n"), [](const auto& site) { site.list("vips", "carol\n"); });
  }
  SECTION("that was missing") {
    check_noticed([](const auto& site) { site.list("user.allow.lst", "@vips\n"); },
                  [](const auto& site) { site.list("vips", "carol\n"); });
  }
}
