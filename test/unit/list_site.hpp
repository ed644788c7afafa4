#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "lists/login_rules.hpp"
#include "lists/rulebook.hpp"
#include "lists/sources.hpp"
#include "temp_folder.hpp"

/// Lists and a state folder, as a login finds them.
struct ListSite {
  TempFolder folder;
  std::string lists = folder / "lists";
  std::string state = folder / "state";
  badclients::lists::WallClock clock = std::chrono::system_clock::now;

  ListSite() {
    std::filesystem::create_directories(lists + "/clients");
    std::filesystem::create_directory(state);
    list("ip_net.deny.lst", "192.0.2.0/24\n");
  }

  /// A clock for which everything was written long ago: stamps alone tell of changes.
  void forget_the_moment() {
    clock = [] { return std::chrono::system_clock::now() + std::chrono::hours(1); };
  }

  std::string list(const std::string& name, const std::string& text) const {
    const auto path = std::filesystem::path(lists) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  [[nodiscard]] badclients::lists::LoginRules open() const {
    return badclients::lists::LoginRules::open(lists, state, clock).value();
  }
  [[nodiscard]] std::string index() const { return state + "/lists.index"; }
  [[nodiscard]] ino_t inode() const {
    struct stat status {};
    return stat(index().c_str(), &status) == 0 ? status.st_ino : 0;
  }
  /// What an index of the lists as they are now ends with.
  [[nodiscard]] std::string compiled() const {
    return badclients::lists::compile(badclients::lists::read_lists(lists));
  }
  /// Whether lists.index says what the lists say now.
  [[nodiscard]] bool is_current() const { return read_whole_file(index()).ends_with(compiled()); }
};

/// Waits until what is written now gets another time than `path` has.
inline void let_clock_tick(const TempFolder& folder, const std::string& path) {
  using badclients::lists::stamp_of;
  const auto before = stamp_of(path.c_str())->changed;
  for (auto probe = before; probe <= before;) {
    probe = stamp_of(folder.write("tick", "x").c_str())->changed;
  }
}

/// Where the deny list stands that has `address`; empty for nowhere.
inline std::string refused_by(const badclients::lists::LoginRules& rules, const char* address) {
  using namespace badclients::lists;
  std::string where;
  rules.index().networks(Action::deny, *badclients::net::Address::parse(address),
                         [&](const Hit& hit) {
                           where = hit.where();
                           return false;
                         });
  return where;
}

/// A symbolic link, in the place of what was there.
inline void link(const std::string& target, const std::string& name) {
  std::filesystem::remove(name);
  std::filesystem::create_symlink(target, name);
}

/// An account that owns nothing.
inline void become_nobody() {
  if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(98);
}
