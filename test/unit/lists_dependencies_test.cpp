#include "lists/dependencies.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "catch.hpp"
#include "list_site.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;
using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

namespace {

/// Whether the only one of `dependencies` has changed.
bool changed(const Dependencies& dependencies) {
  REQUIRE(dependencies.all().size() == 1);
  return has_changed(dependencies.all()[0], dependencies.all()[0].path.c_str());
}

/// A clock for which everything was written long ago.
Time later() {
  return std::chrono::system_clock::now() + 1h;
}

}  // namespace

TEST_CASE("a file has changed when it has another stamp, or may have had another text") {
  const TempFolder folder;
  const auto file = folder.write("file", "x");
  Dependencies early;
  CHECK(early.file(file, false).value->size() == 1);
  CHECK(changed(early));  // written in the same step of the clock, maybe
  Dependencies dependencies(later);
  CHECK(dependencies.file(file, false).value);
  CHECK_FALSE(changed(dependencies));
  let_clock_tick(folder, file);
  folder.write("file", "y");
  CHECK(changed(dependencies));
  std::filesystem::remove(file);
  CHECK(changed(dependencies));
}

TEST_CASE("a folder has changed when anything came or went in it, or may have") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "lists");
  folder.write("lists/b", "");
  folder.write("lists/a", "");
  Dependencies dependencies(later);
  CHECK(dependencies.folder(folder / "lists", true).value.value() ==
        std::vector<std::string>{"a", "b"});
  CHECK_FALSE(changed(dependencies));
  let_clock_tick(folder, folder / "lists");
  folder.write("lists/a", "text");
  CHECK_FALSE(changed(dependencies));
  folder.write("lists/c", "");
  CHECK(changed(dependencies));
  Dependencies early;
  CHECK(early.folder(folder / "lists", true).value);
  CHECK(changed(early));  // maybe in the same step of the clock
}

TEST_CASE("what is missing has changed when it comes, also as a link to nothing") {
  const TempFolder folder;
  Dependencies dependencies(later);
  dependencies.missing(folder / "file");
  CHECK_FALSE(changed(dependencies));
  std::filesystem::create_symlink("nothing", folder / "file");
  CHECK(changed(dependencies));
  Dependencies optional(later);
  CHECK(optional.file(folder / "none", false).error->missing());
  CHECK(optional.all().empty());
  CHECK(optional.unread() == 0);
  CHECK(optional.file(folder / "none", true).error->missing());
  CHECK_FALSE(changed(optional));
  CHECK(optional.unread() == 1);
}

TEST_CASE("a link is followed to what is none, there or not, and no link among its folders is") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "one");
  folder.write("one/file", "");
  link("one", folder / "current");
  link("current/file", folder / "link");
  link(folder / "link", folder / "second");
  link("nothing", folder / "dangling");
  link("loop", folder / "loop");
  Dependencies dependencies(later);
  const auto target = [&](const char* name) { return dependencies.link_target(folder / name); };
  CHECK(target("link").value == folder / "current/file");
  CHECK(target("second").value == folder / "current/file");
  CHECK(target("one/file").value == folder / "one/file");
  CHECK(target("dangling").value == folder / "nothing");
  CHECK(dependencies.all().empty());
  CHECK(target("loop").error->kind == FileError::Kind::failed);
  CHECK(changed(dependencies) == false);  // one more try
}

TEST_CASE("what cannot be read has changed when it can be, and not before") {
  const TempFolder folder;
  link("nothing", folder / "link");
  Dependencies dependencies(later);
  const auto reading = dependencies.file(folder / "link", false);
  CHECK_FALSE(reading.value);
  CHECK(reading.error->kind == FileError::Kind::failed);
  CHECK(dependencies.unread() == 1);
  CHECK_FALSE(changed(dependencies));
  link("nowhere", folder / "link");
  CHECK_FALSE(changed(dependencies));
  folder.write("nowhere", "x");
  CHECK(changed(dependencies));
  std::filesystem::remove(folder / "link");
  CHECK(changed(dependencies));
}

TEST_CASE("what can be no list has changed when it is something else") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "file");
  Dependencies dependencies(later);
  CHECK(dependencies.file(folder / "file", false).error->kind == FileError::Kind::unusable);
  CHECK(dependencies.unread() == 1);
  CHECK_FALSE(changed(dependencies));
  std::filesystem::remove(folder / "file");
  folder.write("file", "x");
  CHECK(changed(dependencies));
}

namespace {

Descriptor open_for_writing(const std::string& path) {
  return Descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
}

/// Reads `path` with a store in the file `name`, after what the file `last` has; its place there.
format::StoredTexts store(const TempFolder& folder, const char* name, StoredTexts last,
                          const std::function<void(Dependencies&)>& read) {
  const auto file = open_for_writing(folder / name);
  TextStore texts(file.number(), 100, std::move(last));
  Dependencies dependencies(later, &texts);
  read(dependencies);
  return texts.finish();
}

StoredTexts stored(const TempFolder& folder, const char* name, const format::StoredTexts& place) {
  return {Descriptor{::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC)}, place};
}

std::string whole(SourceText text) {
  std::string result;
  while (result.size() < text.size()) result += text.from(result.size());
  return result;
}

}  // namespace

TEST_CASE("what cannot be read says what it said last, again and again") {
  const TempFolder folder;
  const auto path = folder / "file";
  const auto list = folder / "list";
  const auto hop = folder / "hop";
  link("file", hop);
  std::filesystem::create_directory(list);
  folder.write("list/b", "");
  folder.write("list/a", "");
  std::string text;
  while (text.size() < 300'000) text += "line " + std::to_string(text.size()) + "\n";
  folder.write("file", text);
  auto place = store(folder, "first", {}, [&](Dependencies& dependencies) {
    CHECK(whole(*dependencies.file(path, true).value) == text);
    CHECK(dependencies.folder(list, true).value);
    CHECK(dependencies.link_target(hop).value == path);
  });
  link("nothing", path);
  link("hop", hop);
  std::filesystem::remove_all(list);
  link("nothing", list);
  std::string before = "first";
  for (const auto* next : {"second", "third"}) {
    auto last = stored(folder, before.c_str(), place);
    place = store(folder, next, std::move(last), [&](Dependencies& dependencies) {
      const auto reading = dependencies.file(path, true);
      REQUIRE(reading.value);
      CHECK(reading.error);
      CHECK(reading.kept);
      CHECK(reading.value->has_line_feed());
      CHECK(whole(*reading.value) == text);
      const auto names = dependencies.folder(list, true);
      CHECK(names.value.value() == std::vector<std::string>{"a", "b"});
      CHECK(dependencies.link_target(hop).value == path);
      CHECK(dependencies.unread() == 3);
    });
    before = next;
  }
}

TEST_CASE("of what a list said last nothing is believed that was damaged") {
  const TempFolder folder;
  const auto path = folder.write("file", std::string(100'000, 'x'));
  const auto place = store(folder, "first", {}, [&](Dependencies& dependencies) {
    CHECK(dependencies.file(path, true).value);
  });
  link("nothing", path);
  const auto known = [&] {
    bool value = false;
    store(folder, "second", stored(folder, "first", place), [&](Dependencies& dependencies) {
      value = dependencies.file(path, true).value.has_value();
    });
    return value;
  };
  CHECK(known());
  const auto good = read_whole_file(folder / "first");
  for (std::size_t i = 100; i < good.size(); i += i < place.offset ? 9973 : 1) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    folder.write("first", bad);
    CAPTURE(i);
    REQUIRE_FALSE(known());
  }
  folder.write("first", good.substr(0, 5000));
  CHECK_FALSE(known());
}
