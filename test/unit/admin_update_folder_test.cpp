#include "admin/update/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "temp_folder.hpp"

using badclients::admin::update::Folder;
using Parent = Folder::Parent;

namespace {

Folder open(const std::string& path, Parent parent = Parent::own) {
  auto folder = Folder::make(path, parent);
  INFO((folder ? "" : folder.error()));
  REQUIRE(folder);
  return std::move(*folder);
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a missing folder is found missing, or made so that all can read it") {
  const TempFolder temp;
  const auto mask = umask(077);
  const auto missing = Folder::find(temp / "x", Parent::own);
  REQUIRE(missing);
  CHECK_FALSE(*missing);
  open(temp / "x");
  umask(mask);
  CHECK(mode_of(temp / "x") == 0755);
  const auto deeper = Folder::make(temp / "y/z", Parent::own);
  REQUIRE_FALSE(deeper);
  CHECK_THAT(deeper.error(), ContainsSubstring("y/z: No such file or directory"));
}

TEST_CASE("a file is put in place whole, readable for all, and nothing is left beside it") {
  const TempFolder temp;
  const auto mask = umask(077);
  const auto folder = open(temp.path());
  temp.write(".list.new", "what a crash left");
  REQUIRE(folder.replace("list", "one\n"));
  REQUIRE(folder.replace("list", "two\n"));
  umask(mask);
  CHECK(read_whole_file(temp / "list") == "two\n");
  CHECK(mode_of(temp / "list") == 0644);
  CHECK(access((temp / ".list.new").c_str(), F_OK) != 0);
}

TEST_CASE("who has the old file open goes on seeing it whole") {
  const TempFolder temp;
  const auto folder = open(temp.path());
  REQUIRE(folder.replace("list", std::string(100'000, 'a')));
  std::ifstream old{temp / "list"};
  REQUIRE(folder.replace("list", "b"));
  const std::string seen{std::istreambuf_iterator<char>{old}, {}};
  CHECK(seen == std::string(100'000, 'a'));
}

TEST_CASE("a file that cannot be replaced stays, and what was begun goes") {
  const TempFolder temp;
  const auto folder = open(temp.path());
  REQUIRE(mkdir((temp / "list").c_str(), 0755) == 0);
  const auto done = folder.replace("list", "x");
  REQUIRE_FALSE(done);
  CHECK_THAT(done.error(), ContainsSubstring("/list: Is a directory"));
  CHECK(access((temp / ".list.new").c_str(), F_OK) != 0);
}

TEST_CASE("only regular files are read") {
  const TempFolder temp;
  const auto folder = open(temp.path());
  temp.write("list", "text");
  CHECK(folder.read("list").value().value() == "text");
  CHECK_FALSE(folder.read("missing").value());
  REQUIRE(symlink((temp / "list").c_str(), (temp / "link").c_str()) == 0);
  REQUIRE(mkfifo((temp / "fifo").c_str(), 0644) == 0);
  REQUIRE(mkdir((temp / "folder").c_str(), 0755) == 0);
  for (const auto* name : {"link", "fifo", "folder"}) {
    const auto text = folder.read(name);
    REQUIRE_FALSE(text);
    CHECK_THAT(text.error(), ContainsSubstring("is no regular file"));
  }
}

TEST_CASE("the lock keeps a second update out, for as long as the first works") {
  const TempFolder temp;
  {
    auto first = open(temp.path());
    CHECK(first.lock().value());
    CHECK_FALSE(open(temp.path()).lock().value());
  }
  CHECK(open(temp.path()).lock().value());
  CHECK(mode_of(temp / "lock") == 0600);
}

TEST_CASE("who can only open the folder cannot hold the lock") {
  const TempFolder temp;
  auto folder = open(temp.path());
  const int other = ::open(temp.path().c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(flock(other, LOCK_EX | LOCK_NB) == 0);
  CHECK(folder.lock().value());
  close(other);
}

TEST_CASE("a lock that is no file of ours is an error, and waits for nobody") {
  const TempFolder temp;
  REQUIRE(symlink((temp / "elsewhere").c_str(), (temp / "lock").c_str()) == 0);
  CHECK_THAT(open(temp.path()).lock().error(), ContainsSubstring("/lock: "));
  CHECK(access((temp / "elsewhere").c_str(), F_OK) != 0);
}

TEST_CASE("below somebody else's folder neither links nor open folders are trusted") {
  const TempFolder temp;
  REQUIRE(mkdir((temp / "real").c_str(), 0755) == 0);
  REQUIRE(symlink((temp / "real").c_str(), (temp / "link").c_str()) == 0);
  CHECK(Folder::find(temp / "link", Parent::own));
  CHECK_FALSE(Folder::find(temp / "link", Parent::foreign));
  CHECK(Folder::find(temp / "real", Parent::foreign));
  REQUIRE(chmod((temp / "real").c_str(), 0775) == 0);
  const auto open_to_all = Folder::find(temp / "real", Parent::foreign);
  REQUIRE_FALSE(open_to_all);
  CHECK_THAT(open_to_all.error(), ContainsSubstring("others may write to it"));
}
