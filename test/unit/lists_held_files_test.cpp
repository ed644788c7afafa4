// HeldFiles: what is held open, and what changes under it. lists_changes_test.cpp has what an
// administrator does to lists.

#include "lists/held_files.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>

#include "catch.hpp"
#include "child_process.hpp"
#include "list_site.hpp"

using namespace badclients::lists;
namespace fs = std::filesystem;

namespace {

std::vector<Dependency> seen(const std::vector<std::string>& paths) {
  std::vector<Dependency> all;
  for (const auto& path : paths) {
    all.push_back({path, DependencyKind::seen, false, stamp_of(path.c_str()).value(), 0});
  }
  return all;
}

HeldFiles held(std::vector<Dependency> all) {
  HeldFiles files;
  files.hold(std::move(all));
  return files;
}

/// What this process has open below `folder`.
std::set<std::string> open_below(const std::string& folder) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own
    const auto target = fs::read_symlink(entry.path(), gone).string();
    if (target.starts_with(folder + "/")) found.insert(target.substr(folder.size() + 1));
  }
  return found;
}

/// In a mount namespace of its own, where that is permitted: `change` makes another file of a list
/// that is held, and nothing in its folder. 0: it was noticed.
int exit_code_where_mounted(const ListSite& site, void (*change)(const std::string& list)) {
  return in_child([&] {
           if (::unshare(CLONE_NEWNS) != 0) return 77;
           if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
           const auto rules = site.open();
           for (int login = 0; login < 3; ++login) {
             if (!rules.hold(site.request())) return 1;
           }
           change(site.lists + "/ip_net.deny.lst");
           return rules.hold(site.request()) ? 2 : 0;
         })
      .exit_code;
}

void mount_over(const std::string& list) {
  const auto other = list + ".other";
  if (::mount(other.c_str(), list.c_str(), nullptr, MS_BIND, nullptr) != 0) ::_exit(3);
}

}  // namespace

TEST_CASE("a file in a folder that is looked at is held, by whatever name that goes") {
  const TempFolder folder;
  fs::create_directory(folder / "lists");
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink(folder / "lists", folder / "link");
  folder.write("lists/one", "1");
  folder.write("lists/racy", "1");
  folder.write("elsewhere/two", "2");
  fs::create_symlink(folder / "lists/one", folder / "lists/linked");
  auto all = seen({folder / "link", folder / "link/one", folder / "link/linked",
                   folder / "lists/one", folder / "elsewhere/two", folder / "link/racy"});
  all.back().racy = true;
  all.push_back({folder / "link/none", DependencyKind::missing, false, {}, 0});
  {
    const auto files = held(all);
    CHECK(open_below(folder.path()) == std::set<std::string>{"lists/one"});
    CHECK_FALSE(files.mounts_changed());
    CHECK(files.have_changed());  // for all that is known of the racy one
  }
  CHECK(open_below(folder.path()).empty());
  all.erase(all.end() - 2);
  const auto files = held(all);
  CHECK_FALSE(files.have_changed());
  SECTION("what is held") {
    folder.write("lists/one", "3");
    CHECK(files.have_changed());
  }
  SECTION("what is not") {
    folder.write("elsewhere/two", "33");
    CHECK(files.have_changed());
  }
  SECTION("what was missing") {
    folder.write("lists/none", "");
    CHECK(files.have_changed());
  }
}

TEST_CASE("what has changed before it was held is not held") {
  const TempFolder folder;
  fs::create_directory(folder / "lists");
  folder.write("lists/one", "1");
  const auto all = seen({folder / "lists", folder / "lists/one"});
  folder.write("lists/one", "22");
  const auto files = held(all);
  CHECK(open_below(folder.path()).empty());
  CHECK(files.have_changed());
}

TEST_CASE("of thousands of lists some are held, and all are looked at") {
  const TempFolder folder;
  fs::create_directory(folder / "lists");
  std::vector<std::string> paths{folder / "lists"};
  for (int i = 0; i < 2000; ++i) {
    paths.push_back(folder.write("lists/" + std::to_string(i), "1"));
  }
  const auto files = held(seen(paths));
  CHECK(open_below(folder.path()).size() == 128);
  CHECK_FALSE(files.have_changed());
  folder.write("lists/1999", "22");
  CHECK(files.have_changed());
}

TEST_CASE("a process that may open few files keeps them for its logins") {
  const rlim_t most = GENERATE(16, 32, 64, 128, 256);
  CAPTURE(most);
  const TempFolder folder;
  fs::create_directory(folder / "lists");
  std::vector<std::string> paths{folder / "lists"};
  for (int i = 0; i < 100; ++i) {
    paths.push_back(folder.write("lists/" + std::to_string(i), "1"));
  }
  const auto all = seen(paths);
  const auto body = [&] {
    const rlimit limit{most, most};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
    ::closefrom(5);
    const auto files = held(all);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (next < 0 || next > static_cast<int>(most / 4) + 1) return 2;
    if (files.have_changed()) return 3;
    folder.write("lists/99", "22");
    return files.have_changed() ? 0 : 4;
  };
  CHECK(in_child(body).exit_code == 0);
}

TEST_CASE("what is mounted over a list counts from the next login on") {
  ListSite site;
  site.list("ip_net.deny.lst.other", "198.51.100.0/24\n");
  site.forget_the_moment();
  (void)site.open();
  wait_for_maker(site.state);
  const auto nothing = [](const std::string&) {};
  const int code = exit_code_where_mounted(site, nothing);
  if (code == 77) {
    WARN("no mount namespace is permitted here");
    return;
  }
  CHECK(code == 2);
  CHECK(exit_code_where_mounted(site, mount_over) == 0);
}

TEST_CASE("a mount elsewhere costs looking at all lists by name once, and they are held again") {
  ListSite site;
  const auto elsewhere = site.folder / "elsewhere";
  fs::create_directory(elsewhere);
  site.forget_the_moment();
  (void)site.open();
  wait_for_maker(site.state);
  const auto code = in_child([&] {
                      if (::unshare(CLONE_NEWNS) != 0) return 77;
                      if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                        return 77;
                      const auto rules = site.open();
                      for (int round = 0; round < 3; ++round) {
                        if (::mount("none", elsewhere.c_str(), "tmpfs", 0, nullptr) != 0) return 77;
                        for (int login = 0; login < 3; ++login) {
                          if (!rules.hold(site.request())) return 1;
                        }
                        if (open_below(site.lists).empty()) return 2;
                      }
                      return 0;
                    }).exit_code;
  if (code == 77) {
    WARN("no mount namespace is permitted here");
    return;
  }
  CHECK(code == 0);
}
