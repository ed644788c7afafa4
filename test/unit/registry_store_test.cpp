#include "registry/store.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "catch.hpp"
#include "registry_site.hpp"

using namespace badclients;
using badclients::test::RegistrySite;
using registry::Store;

TEST_CASE("without registry.db there is no store, and no error", "[registry]") {
  const TempFolder folder;
  const auto store = Store::open(folder / "registry.db");
  REQUIRE(store);
  CHECK_FALSE(*store);
}

TEST_CASE("a file that is no registry data is an error with path and reason", "[registry]") {
  const TempFolder folder;
  for (const auto& content : {std::string("no database"), std::string(), std::string(8192, 'x')}) {
    const auto store = Store::open(folder.write("registry.db", content));
    REQUIRE_FALSE(store);
    CHECK_THAT(store.error(), ContainsSubstring(folder / "registry.db"));
  }
}

TEST_CASE("what is no regular file is an error, and nobody waits for it", "[registry]") {
  const TempFolder folder;
  const auto path = folder / "registry.db";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const auto fifo = Store::open(path);
  REQUIRE_FALSE(fifo);
  CHECK(fifo.error() == path + ": no regular file");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  CHECK(Store::open(path).error() == path + ": no regular file");
}

TEST_CASE("registry data of another version is refused", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  SQLite::Database database{site.path(), SQLite::OPEN_READWRITE};
  database.exec("UPDATE item SET value='2'||substr(value,2) WHERE key=(SELECT min(key) FROM item)");
  const auto store = Store::open(site.path());
  REQUIRE_FALSE(store);
  CHECK_THAT(store.error(), ContainsSubstring("another version"));
}

TEST_CASE("the store knows its files", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  auto store = Store::open(site.path());
  REQUIRE(store);
  REQUIRE(*store);
  const auto files = (*store)->files();
  REQUIRE(files);
  CHECK(files->size() == RegistrySite::files().size());
  CHECK(*files == site.summary.files);
  const auto& ris = *std::ranges::find(*files, "riswhoisdump.IPv4.gz", &registry::FileState::name);
  CHECK(ris.made == *registry::day_of("20260928"));
  CHECK(ris.taken == RegistrySite::now());
  CHECK(ris.counts == registry::Counts{{"routes", 4}});
  CHECK(ris.etag == "\"etag\"");
  CHECK(ris.last_modified == "yesterday");
  for (const auto& file : *files) CHECK((*store)->made().at(file.name) == file.made);
}

TEST_CASE("registry data in a path with odd characters is found", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  const auto folder = site.state / "a?b#c%41 d";
  std::filesystem::create_directory(folder);
  std::filesystem::copy(site.path(), registry::store_path(folder));
  const auto store = Store::open(registry::store_path(folder));
  REQUIRE(store);
  CHECK(*store);
}

TEST_CASE("damaged registry data is an error, or other data, and nothing worse", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  const auto whole = read_whole_file(site.path());
  std::mt19937 random{1};
  const TempFolder folder;
  facts::Wanted wanted;
  wanted.origin = wanted.as_description = wanted.registration = true;
  for (int i = 0; i < 2'000; ++i) {
    auto damaged = whole;
    if (i % 4 == 0) {
      damaged.resize(random() % damaged.size());
    } else {
      for (int n = 0; n < 20; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    auto store = Store::open(folder.write("registry.db", damaged));
    if (!store || !*store) continue;
    for (const auto* address : {"192.0.2.12", "198.51.100.1", "2001:db8:1::1"}) {
      facts::Facts facts;
      (void)registry::fill(**store, *net::Address::parse(address), wanted,
                           {RegistrySite::now(), std::chrono::hours{24 * 14}}, facts);
    }
    (void)(*store)->files();
  }
}

TEST_CASE("counts are written and read", "[registry]") {
  const registry::Counts counts{{"asn", 3}, {"inet6num", 0}, {"ipv4", 18446744073709551615U}};
  CHECK(registry::decode_counts(registry::encode(counts)) == counts);
  CHECK(registry::decode_counts("").empty());
}
