#include "registry/compile/compilation.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "registry/compile/texts.hpp"
#include "registry_site.hpp"

using namespace badclients;
using badclients::test::gzipped;
using badclients::test::RegistrySite;
using Files = RegistrySite::Files;

namespace {

/// All that registry.db says, except for what it says about its files.
std::string said(RegistrySite& site) {
  auto opened = registry::Store::open(site.path());
  REQUIRE(opened);
  REQUIRE(*opened);
  std::string text;
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    registry::OldSegments segments{**opened, family};
    while (const auto found = segments.next()) {
      const auto& [range, segment] = *found;
      text += registry::address_of(range.first).str() + ":";
      if (segment.route) {
        text += fmt::format(" {}/{}",
                            segment.route->origin < registry::first_set
                                ? std::to_string(segment.route->origin)
                                : old_text(**opened, segment.route->origin),
                            segment.route->prefix);
      }
      if (segment.delegation) {
        text += fmt::format(" {} {}", to_string(segment.delegation->registry),
                            std::string(segment.delegation->country.data(), 2));
      }
      if (segment.holder) {
        text += fmt::format(" {} {} {}", registry::address_of(segment.holder->range.first).str(),
                            registry::address_of(segment.holder->range.last).str(),
                            old_text(**opened, segment.holder->text));
      }
      text += '\n';
    }
  }
  for (const auto& [asn, name] : registry::old_as_names(**opened)) {
    text += fmt::format("{} {}\n", asn, name);
  }
  return text;
}

/// The same number of records and rows for all, so that `part` of a tenth can be lacking.
std::string rows(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("10\t192.0.{}.0/24\t300\n", i);
  return gzipped(RegistrySite::ris(text));
}

}  // namespace

TEST_CASE("what is not taken anew is kept from the registry.db that is there", "[registry]") {
  RegistrySite all;
  all.compile(RegistrySite::files());
  const auto expected = said(all);
  CHECK_THAT(expected, ContainsSubstring("PART"));
  for (const auto& [name, content] : RegistrySite::files()) {
    INFO(name);
    // The others are kept; that file is taken again. Its organisations are not kept.
    Files files{{name, content}};
    if (name.starts_with("ripe.db.inet")) {
      files["ripe.db.organisation.gz"] = RegistrySite::files()["ripe.db.organisation.gz"];
    }
    CHECK(all.compile(files).empty());
    CHECK(said(all) == expected);
    CHECK(all.summary.files.size() == RegistrySite::files().size());
  }
  CHECK(all.compile({}).empty());
  CHECK(said(all) == expected);
}

TEST_CASE("a file that is no good keeps what is there of it", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  const auto expected = said(site);
  auto files = RegistrySite::files();
  for (auto& [name, content] : files) content = "<html>" + content;
  const auto errors = site.compile(files);
  // Organisations without any, and registrations without any, are no error of form.
  CHECK(errors.size() >= files.size() - 3);
  for (const auto& [name, error] : errors) CHECK_FALSE(error.empty());
}

TEST_CASE("registrations that are kept go with what is delegated", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  auto files = Files{{"delegated-ripencc-extended-latest",
                      RegistrySite::delegated("ripencc",
                                              "ripencc|NL|ipv4|192.0.2.0|16|20200101|allocated|x\n"
                                              "ripencc|DE|asn|10|10|20200101|allocated|x\n")}};
  CHECK(site.compile(files).empty());
  CHECK(site.find("192.0.2.15").registration.value.name == "PART");
  CHECK(site.find("192.0.2.15").registration.value.range->second.str() == "192.0.2.19");
  CHECK_FALSE(site.find("192.0.2.16").registration.known());
  CHECK_FALSE(site.find("2001:db8:1::1").registration.known());
  CHECK(site.find("2001:db8:1::1").origin.value.country.empty());
}

TEST_CASE("a publisher's file cannot make registry.db unreadable", "[registry]") {
  RegistrySite site;
  auto files = RegistrySite::files();
  files["delegated-arin-extended-latest"] =
      RegistrySite::delegated("arin", "arin|US|ip\tv4|1|1|20200101|reserved|x\n");
  CHECK(site.compile(files).size() == 1);
  auto store = registry::Store::open(site.path());
  REQUIRE(store);
  CHECK((*store)->files());
}

TEST_CASE("what is left out is not kept", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  site.compile({}, true, {"ripe.db.inetnum.gz", "riswhoisdump.IPv6.gz"});
  CHECK(site.find("192.0.2.12").origin.known());
  CHECK_FALSE(site.find("192.0.2.12").registration.known());
  CHECK_FALSE(site.find("2001:db8:1::1").origin.known());
  CHECK(site.find("2001:db8:1::1").registration.known());
  CHECK(site.summary.files.size() == RegistrySite::files().size() - 2);
}

TEST_CASE("a file with less than it must have is refused, unless forced", "[registry]") {
  RegistrySite site;
  const auto errors = site.compile(RegistrySite::files(), false);
  CHECK_THAT(errors.at("delegated-ripencc-extended-latest"),
             ContainsSubstring("has only 1 of asn, and never less than 30000"));
  CHECK_THAT(errors.at("riswhoisdump.IPv4.gz"), ContainsSubstring("only 4 of routes"));
  CHECK_THAT(errors.at("riswhoisdump.IPv4.gz"), ContainsSubstring("--force"));
  CHECK_THAT(errors.at("asn.txt"), ContainsSubstring("it needs delegated-ripencc"));
  CHECK(errors.size() == RegistrySite::files().size());
}

TEST_CASE("a file of which nothing was understood is refused, and forced, too", "[registry]") {
  RegistrySite site;
  const auto files = RegistrySite::files();
  CHECK(site.compile(files).empty());
  for (const auto& [name, content] : files) {
    INFO(name);
    for (const auto* text : {"<html>\n", "<html>\n\nnot found\n"}) {
      auto changed = files;
      changed[name] = name.ends_with(".gz") ? gzipped(text) : text;
      CHECK(site.compile(changed).contains(name));
    }
  }
  CHECK(site.find("192.0.2.12").origin.known());
}

TEST_CASE("a file that lost more than a tenth is refused, unless forced", "[registry]") {
  RegistrySite site;
  site.compile({{"riswhoisdump.IPv4.gz", rows(100)}});
  // Floors are for files of real size; here the one that is there counts alone.
  const auto refused = [&](int count) {
    registry::Store before = std::move(**registry::Store::open(site.path()));
    registry::Compilation compilation{{site.state.path(), RegistrySite::now(), false, 100'000},
                                      &before};
    constexpr std::array<registry::Floor, 1> floor{{{"routes", 1}}};
    auto publication = *registry::find_publication("riswhoisdump.IPv4.gz");
    publication.floors = floor;
    const TempFolder folder;
    const test::OpenFile file{folder, rows(count)};
    const auto taken = compilation.take({publication, file.descriptor(), {}, "", ""});
    return taken ? std::string() : taken.error();
  };
  CHECK(refused(100).empty());
  CHECK(refused(90).empty());
  CHECK_THAT(refused(89), ContainsSubstring("has 89 of routes, where it had 100 before (--force"));
  CHECK(site.compile({{"riswhoisdump.IPv4.gz", rows(5)}}).empty());
}

TEST_CASE("a file that is older than what is there, or of the future, is refused, unless forced",
          "[registry]") {
  RegistrySite site;
  auto files = RegistrySite::files();
  site.compile(files);
  registry::Store before = std::move(**registry::Store::open(site.path()));
  registry::Compilation compilation{{site.state.path(), RegistrySite::now(), false, 100'000},
                                    &before};
  auto publication = *registry::find_publication("riswhoisdump.IPv4.gz");
  publication.floors = {};
  const auto take = [&](const std::string& day) {
    const TempFolder folder;
    const test::OpenFile file{folder, RegistrySite::ris("10\t192.0.2.0/24\t300\n", day)};
    const auto taken = compilation.take({publication, file.descriptor(), {}, "", ""});
    return taken ? std::string() : taken.error();
  };
  CHECK_THAT(take("Sun Sep 27"), ContainsSubstring("it is older than what is there (--force"));
  CHECK(take("Mon Sep 28").empty());
  CHECK(take("Tue Sep 29").empty());
  // Else nothing that comes later would be taken any more.
  CHECK_THAT(take("Sat Oct 31"), ContainsSubstring("it says that it will be made, on 2026-10-31"));
}

TEST_CASE("files that others need have to be there", "[registry]") {
  auto files = RegistrySite::files();
  files.erase("ripe.db.organisation.gz");
  files.erase("delegated-ripencc-extended-latest");
  RegistrySite site;
  auto errors = site.compile(files);
  CHECK(errors.size() == 3);
  CHECK_THAT(errors.at("asn.txt"), ContainsSubstring("needs delegated-ripencc-extended-latest"));
  CHECK_THAT(errors.at("ripe.db.inetnum.gz"), ContainsSubstring("needs delegated-ripencc"));
  files["delegated-ripencc-extended-latest"] =
      RegistrySite::files()["delegated-ripencc-extended-latest"];
  errors = site.compile(files);
  CHECK(errors.size() == 2);
  CHECK_THAT(errors.at("ripe.db.inetnum.gz"), ContainsSubstring("needs ripe.db.organisation.gz"));
}

TEST_CASE("texts stand in registry.db once", "[registry]") {
  auto files = RegistrySite::files();
  std::string objects;
  for (int i = 0; i < 100; ++i) {
    objects += fmt::format("inetnum: 192.0.2.{} - 192.0.2.{}\nnetname: NAME-{}\ncountry: NL\n\n",
                           2 * i, 2 * i + 1, i % 7);
  }
  files["ripe.db.inetnum.gz"] = gzipped(objects);
  RegistrySite site;
  CHECK(site.compile(files).empty());
  SQLite::Database database{site.path()};
  CHECK(database.execAndGet("SELECT count(*) FROM item WHERE CAST(value AS TEXT) LIKE 'NAME-%'")
            .getInt() == 7);
  SQLite::Statement twice{
      database, "SELECT count(*)-count(DISTINCT value) FROM item WHERE key BETWEEN ? AND ?"};
  twice.bind(1, registry::text_key(1));
  twice.bind(2, registry::text_key(registry::file_number(0) - 1));
  REQUIRE(twice.executeStep());
  CHECK(twice.getColumn(0).getInt() == 0);
}

TEST_CASE("texts have a number each, the same text the same", "[registry]") {
  registry::TextNumbers numbers{1000};
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const auto number = numbers.of(std::to_string(i));
      REQUIRE(number.value == i);
      REQUIRE(number.is_new == (round == 0));
    }
  }
  // What comes when it is full gets a new number each time.
  CHECK(numbers.of("more").value == 1000);
  CHECK(numbers.of("more").value == 1001);
  CHECK(numbers.of("7").value == 7);
  registry::TextNumbers none{0};
  CHECK(none.of("a").is_new);
}

TEST_CASE("many segments in one IPv6 network are found", "[registry]") {
  auto files = RegistrySite::files();
  std::string objects;
  for (int i = 0; i < 2000; ++i) {
    objects += fmt::format("inet6num: 2001:db8::{:x}/128\nnetname: N{}\n\n", 3 * i + 1, i);
  }
  objects += "inet6num: 2001:db8:0:3:8000::/65\nnetname: HALF\n\n";
  files["ripe.db.inet6num.gz"] = gzipped(objects);
  RegistrySite site;
  CHECK(site.compile(files).empty());
  for (int i = 0; i < 2000; i += 37) {
    CHECK(site.find(fmt::format("2001:db8::{:x}", 3 * i + 1)).registration.value.name ==
          fmt::format("N{}", i));
    CHECK_FALSE(site.find(fmt::format("2001:db8::{:x}", 3 * i + 2)).registration.known());
  }
  CHECK(site.find("2001:db8:0:3:8000::1").registration.value.name == "HALF");
  CHECK_FALSE(site.find("2001:db8:0:3:7fff::1").registration.known());
  CHECK(site.find("2001:db8:0:3:7fff::1").origin.known());
}

TEST_CASE("every publisher's file has one place, after those that it needs", "[registry]") {
  std::vector<std::string_view> names;
  bool delegated = true;
  for (const auto& each : registry::publications()) {
    CHECK(std::ranges::find(names, each.name) == names.end());
    names.push_back(each.name);
    CHECK(each.url.starts_with("https://"));
    CHECK(each.url.ends_with(each.name));
    CHECK(registry::find_publication(each.name) == &each);
    CHECK_FALSE(each.floors.empty());
    CHECK((delegated || each.form != registry::Form::delegated));
    delegated = each.form == registry::Form::delegated;
  }
  CHECK(registry::find_publication("other") == nullptr);
  const auto at = [&](std::string_view name) { return std::ranges::find(names, name); };
  CHECK(at("ripe.db.organisation.gz") < at("ripe.db.inetnum.gz"));
  CHECK(at("ripe.db.organisation.gz") < at("ripe.db.inet6num.gz"));
}
