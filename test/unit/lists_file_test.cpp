#include "lists/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.hpp"
#include "list_site.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using badclients::lists::folder_names;
using badclients::lists::is_set_aside;
using badclients::lists::read_file;

TEST_CASE("a file is read whole") {
  const TempFolder folder;
  const std::string text("a\0b\n", 4);
  CHECK(read_file(folder.write("small", text)).value() == text);
  CHECK(read_file(folder.write("empty", "")).value().empty());
  const std::string large(3'000'000, 'x');
  CHECK(read_file(folder.write("large", large)).value() == large);
  CHECK_FALSE(read_file("/proc/self/status").value().empty());  // says that it has 0 bytes
}

TEST_CASE("what is no regular file is refused, and nothing waits for it") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(read_file(folder / "fifo").error().reason == "is no regular file");
  CHECK(read_file("/dev/zero").error().reason == "is no regular file");
  CHECK(read_file(folder.path()).error().reason == "is a folder, where a file should be");
  CHECK_FALSE(read_file(folder.path()).error().missing());
}

TEST_CASE("a missing file is told from one that cannot be read") {
  const TempFolder folder;
  CHECK(read_file(folder / "none").error().missing());
  CHECK(read_file(folder / "none/inner").error().missing());
  folder.write("file", "");
  CHECK(read_file(folder / "file/inner").error().missing());
  std::filesystem::create_symlink("nowhere", folder / "link");
  CHECK_FALSE(read_file(folder / "link").error().missing());
  CHECK(read_file(folder / "link").error().reason ==
        "is a symbolic link to something that does not exist");
  std::filesystem::create_symlink("circle", folder / "circle");
  CHECK_FALSE(read_file(folder / "circle").error().missing());
  if (geteuid() != 0) {
    folder.write("closed", "x", 0);
    CHECK(read_file(folder / "closed").error().reason == "Permission denied");
  }
}

TEST_CASE("why a file cannot be read says whether another try may do") {
  using Kind = badclients::lists::FileError::Kind;
  const TempFolder folder;
  const auto kind = [](const std::string& path) { return read_file(path).error().kind; };
  CHECK(kind(folder / "none") == Kind::missing);
  CHECK(kind(folder.path()) == Kind::unusable);
  CHECK(kind(folder.write("utf16", std::string("\xff\xfe"
                                               "a\0",
                                               4))) == Kind::unusable);
  CHECK(read_file(folder / "utf16").error().reason == "is UTF-16 text: save it as UTF-8");
  std::filesystem::create_symlink("nowhere", folder / "link");
  CHECK(kind(folder / "link") == Kind::failed);
  CHECK(folder_names(folder.write("file", "")).error().kind == Kind::unusable);
  // Not even its owner sees what is in a closed folder.
  std::filesystem::create_directory(folder / "closed");
  folder.write("closed/file", "x", 0);
  chmod(folder.path().c_str(), 0755);
  chmod((folder / "closed").c_str(), 0755);
  CHECK(exit_code_of_child([&] {
          become_nobody();
          return kind(folder / "closed/file") == Kind::failed ? 0 : 1;
        }) == 0);
  chmod((folder / "closed").c_str(), 0);
  CHECK(exit_code_of_child([&] {
          become_nobody();
          const bool hidden = kind(folder / "closed/file") == Kind::hidden;
          return hidden && folder_names(folder / "closed").error().kind == Kind::failed ? 0 : 1;
        }) == 0);
}

TEST_CASE("what could not be read is tried where it failed") {
  using badclients::lists::try_file;
  const TempFolder folder;
  const auto file = folder.write("file", "abc");
  CHECK_FALSE(try_file(file, 0));
  CHECK_FALSE(try_file(file, 2));
  CHECK_FALSE(try_file(file, 1000));  // shorter by now
  CHECK(try_file(folder / "none", 0)->missing());
}

TEST_CASE("a file over 256 MiB is refused unread") {
  const TempFolder folder;
  const auto path = folder.write("huge", "x");
  std::filesystem::resize_file(path, (256U << 20U) + 1);  // sparse
  CHECK(read_file(path).error().reason == "is larger than 256 MiB");
}

TEST_CASE("a folder's names come in order") {
  const TempFolder folder;
  for (const auto* name : {"b", "a", "10", "9", ".hidden"}) folder.write(name, "");
  CHECK(folder_names(folder.path()).value() ==
        std::vector<std::string>{".hidden", "10", "9", "a", "b"});
  CHECK(folder_names(folder / "none").error().missing());
  CHECK_FALSE(folder_names(folder / "a").error().missing());
}

TEST_CASE("backups of editors and package managers are set aside") {
  for (const auto* name : {".ip_net.deny.lst.swp", "ip_net.deny.lst~", "ip_net.deny.lst.bak",
                           "#ip_net.deny.lst#", "ip_net.deny.lst.dpkg-old", "x.rpmnew"}) {
    CHECK(is_set_aside(name));
  }
  CHECK_FALSE(is_set_aside("ip_net.deny.lst"));
}
