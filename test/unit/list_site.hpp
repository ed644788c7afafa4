#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "lists/dependencies.hpp"
#include "lists/index_file.hpp"
#include "lists/index_store.hpp"
#include "lists/login_rules.hpp"
#include "temp_folder.hpp"

/// An image of rules without what depends on when it was made.
inline std::string timeless(std::string image) {
  using namespace badclients::lists::format;
  Header header{};
  std::memcpy(&header, image.data(), sizeof header);
  header.made = 0;
  std::memcpy(image.data(), &header, sizeof header);
  for (std::size_t i = 0; i < header.dependencies.count; ++i) {
    auto* const place = image.data() + header.dependencies.offset + i * sizeof(DependencyRecord);
    DependencyRecord record{};
    std::memcpy(&record, place, sizeof record);
    record.racy = 0;
    record.stamp = {};
    std::memcpy(place, &record, sizeof record);
  }
  return image;
}

/// Waits until whoever makes an index there has it in its place.
inline void wait_for_maker(const std::string& state) {
  const badclients::lists::IndexStore store(state);
  const auto busy = [&] {
    const auto right = store.take_right();
    return right && !*right;
  };
  while (busy()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

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

  ListSite(const ListSite&) = delete;
  ListSite& operator=(const ListSite&) = delete;
  ~ListSite() { wait_for_maker(state); }

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

  [[nodiscard]] badclients::lists::LoginRules::Request request() const {
    return {lists, state, std::chrono::steady_clock::now() + std::chrono::minutes(1), true, clock};
  }
  [[nodiscard]] badclients::lists::LoginRules open() const {
    return badclients::lists::LoginRules::open(request()).value();
  }
  /// Of the index, when nobody makes another.
  [[nodiscard]] std::string index() const {
    wait_for_maker(state);
    return state + "/lists.index";
  }
  /// The first network that refuses becomes another one; all of the index counts as verified.
  void damage_verified_index() const {
    using namespace badclients::lists;
    auto bytes = read_whole_file(index());
    format::FileHeader file{};
    std::memcpy(&file, bytes.data(), sizeof file);
    format::Header header{};
    std::memcpy(&header, bytes.data() + file.image_offset, sizeof header);
    const auto network = file.image_offset + header.owners[format::deny].v4.networks.offset;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(network), 16, '\0');
    std::ofstream{index(), std::ios::binary | std::ios::in} << bytes;
    chmod(index().c_str(), 0644);
    const IndexStore store(state);
    store.remember_verified(store.open().value()->stamp());
  }
  [[nodiscard]] ino_t inode() const {
    struct stat status {};
    return stat(index().c_str(), &status) == 0 ? status.st_ino : 0;
  }
  /// An image of the lists as they are now.
  [[nodiscard]] std::string compiled() const {
    return timeless(badclients::lists::IndexWriter(lists, clock).image());
  }
  /// Whether lists.index says what the lists say now.
  [[nodiscard]] bool is_current() const {
    wait_for_maker(state);
    const auto file = badclients::lists::IndexStore(state).open();
    if (!file || !*file) return false;
    const auto mapping = (*file)->map().value();
    return timeless({reinterpret_cast<const char*>(mapping.bytes().data()),
                     mapping.bytes().size()}) == compiled();
  }
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
