#include "admin/setup/record.hpp"

#include <sys/stat.h>

#include "admin/setup/files.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using admin::setup::Entry;
using admin::setup::Files;
using admin::setup::Found;
using admin::setup::Record;

namespace {

constexpr auto kind_file = Entry::Kind::file;

/// A folder with a record that is open.
struct Place {
  TempFolder folder;
  Record record = Record::read(folder / "own").value();

  Place() { REQUIRE(record.open()); }
  [[nodiscard]] Record again() const { return Record::read(folder / "own").value(); }
};

Found put(Files& files, const std::string& path, const std::string& text) {
  return files.file({path, text, 0640, geteuid(), getegid()}).value();
}

}  // namespace

TEST_CASE("an entry of the record is read as it was written") {
  for (const auto& entry :
       {Entry{kind_file, "/etc/a b", admin::setup::fingerprint("x")},
        Entry{Entry::Kind::folder, "/etc/x"}, Entry{Entry::Kind::state, "/var/lib/x"},
        Entry{Entry::Kind::loaded, "/etc/y", admin::setup::fingerprint("")}}) {
    INFO(entry.path);
    CHECK(admin::setup::read_entries(admin::setup::line_of(entry)) == std::vector{entry});
  }
}

TEST_CASE("half a line, as a crash leaves it, names no path") {
  CHECK(admin::setup::read_entries("folder  /etc/x\nstate  /var/lib").size() == 1);
  const Place place;
  const auto file = place.folder.write("own/made-by-setup", "folder  /etc/x\nstate  /var/lib");
  auto record = place.again();
  // The lock goes with the record that has it.
  const_cast<Record&>(place.record) = Record::read(place.folder / "elsewhere").value();
  REQUIRE(record.open());
  REQUIRE(record.add({Entry::Kind::state, "/var/lib/badclients"}));
  CHECK(read_whole_file(file) == "folder  /etc/x\nstate  /var/lib/badclients\n");
}

TEST_CASE("a fingerprint is what sha256sum prints") {
  CHECK(admin::setup::fingerprint("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a record that others may write to is not believed") {
  const Place place;
  place.folder.write("own/made-by-setup", "", 0666);
  const auto record = Record::read(place.folder / "own");
  REQUIRE_FALSE(record);
  CHECK_THAT(record.error(), ContainsSubstring("others than root may write to it"));
}

TEST_CASE("two setups do not work at once") {
  const Place place;
  auto second = place.again();
  const auto opened = second.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == "another setup is at work");
}

TEST_CASE("setup makes what is missing and leaves alone what is not its own") {
  Place place;
  Files files(place.record, false);
  const auto ours = place.folder / "ours";
  const auto theirs = place.folder.write("theirs", "theirs");
  CHECK(put(files, ours, "one") == Found::missing);
  CHECK(put(files, ours, "one") == Found::as_made);
  CHECK(put(files, ours, "two") == Found::older);
  CHECK(read_whole_file(ours) == "two");
  struct stat status {};
  REQUIRE(stat(ours.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0640);
  place.folder.write("ours", "changed");
  CHECK(put(files, ours, "three") == Found::changed);
  CHECK(read_whole_file(ours) == "changed");
  CHECK(put(files, theirs, "ours") == Found::foreign);
  CHECK(read_whole_file(theirs) == "theirs");
}

TEST_CASE("what a run has made and renewed it can take back") {
  Place place;
  const auto old = place.folder / "old";
  {
    Files first(place.record, false);
    put(first, old, "one");
  }
  Files files(place.record, false);
  put(files, old, "two");
  REQUIRE(files.folder({place.folder / "new", "", 0755, geteuid(), getegid()}));
  put(files, place.folder / "new/file", "x");
  CHECK(files.take_back([](const std::string&) { return true; }).empty());
  CHECK(read_whole_file(old) == "one");
  CHECK_FALSE(std::filesystem::exists(place.folder / "new"));
}

TEST_CASE("what is to be taken back later stays until then, and what cannot be is named") {
  Place place;
  Files files(place.record, false);
  REQUIRE(files.folder({place.folder / "new", "", 0755, geteuid(), getegid()}));
  put(files, place.folder / "new/first", "x");
  put(files, place.folder / "new/second", "y");
  const auto second = [&](const std::string& path) { return path == place.folder / "new/second"; };
  CHECK(files.take_back(second).empty());
  CHECK_FALSE(std::filesystem::exists(place.folder / "new/second"));
  CHECK(std::filesystem::exists(place.folder / "new/first"));
  const auto foreign = place.folder.write("new/theirs", "");
  const auto all = [](const std::string&) { return true; };
  const auto faults = files.take_back(all);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0] == place.folder / "new: Directory not empty");
  CHECK(files.changed());
  std::filesystem::remove(foreign);
  CHECK(files.take_back(all).empty());
  CHECK_FALSE(files.changed());
}

TEST_CASE("a folder in the place of a file is no file") {
  Place place;
  Files files(place.record, false);
  std::filesystem::create_directory(place.folder / "folder");
  const auto found = files.file({place.folder / "folder", "x"});
  REQUIRE_FALSE(found);
  CHECK(found.error() == place.folder / "folder: is no regular file");
}

TEST_CASE("a dry run changes nothing") {
  Place place;
  Files files(place.record, true);
  CHECK(put(files, place.folder / "new", "x") == Found::missing);
  CHECK_FALSE(std::filesystem::exists(place.folder / "new"));
  CHECK(place.record.entries().empty());
}

TEST_CASE("a link that leads nowhere is somebody's file") {
  Place place;
  Files files(place.record, false);
  const auto link = place.folder / "link";
  std::filesystem::create_symlink(place.folder / "nowhere", link);
  CHECK_FALSE(files.file({link, "x"}));
  CHECK_FALSE(std::filesystem::exists(place.folder / "nowhere"));
}
