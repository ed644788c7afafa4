#include "base/whole_file.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/file.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using base::Put;

TEST_CASE("a file is put where there is none, or over the one that is there") {
  const TempFolder folder;
  const auto open = base::open_to_read(folder.path(), O_DIRECTORY);
  const auto put = [&](std::string_view text, Put how) {
    return base::put_file(open.number(), {"file", text, 0640}, how);
  };
  const auto left = folder.write(base::unfinished("file"), "what a crash left");
  CHECK(put("one", Put::missing));
  CHECK_FALSE(put("two", Put::missing));
  CHECK(errno == EEXIST);
  CHECK(read_whole_file(folder / "file") == "one");
  CHECK(put("two", Put::replacing));
  CHECK(read_whole_file(folder / "file") == "two");
  struct stat status {};
  REQUIRE(stat((folder / "file").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0640);
  CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("a state file is the folder owner's, and takes the place of the one that is there") {
  const TempFolder folder;
  if (::geteuid() == 0) REQUIRE(::chown(folder.path().c_str(), 4711, 4712) == 0);
  folder.write(".metrics.new", "what a crash left");
  for (const std::string text : {"one", "another"}) {
    REQUIRE(base::put_state_file(folder.path(), "metrics", text));
    CHECK(read_whole_file(folder / "metrics") == text);
  }
  struct stat status {};
  REQUIRE(::stat((folder / "metrics").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600);
  CHECK(status.st_uid == (::geteuid() == 0 ? 4711 : ::geteuid()));
  CHECK_FALSE(std::filesystem::exists(folder / ".metrics.new"));
  CHECK_FALSE(base::put_state_file(folder / "none", "metrics", "text"));
}

TEST_CASE("only a regular file that is not too long is read whole") {
  const TempFolder folder;
  const auto read = [](const std::string& path) { return base::read_regular(path, 3); };
  CHECK(read(folder.write("file", "abc")) == "abc");
  CHECK(read(folder.write("long", "abcd")).error() == "has more than 3 bytes");
  CHECK(read(folder.path()).error() == "is no regular file");
  CHECK(read("/dev/null").error() == "is no regular file");
  CHECK(read(folder / "none").error() == "No such file or directory");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(read(folder / "fifo").error() == "is no regular file");
  CHECK_THAT(read("/proc/self/comm").error(), ContainsSubstring("more than 3 bytes"));
}

TEST_CASE("a file is the caller's own where nobody else may write to it") {
  const TempFolder folder;
  const auto own = [](const std::string& path) {
    return base::is_own(base::open_to_read(path).number());
  };
  CHECK(own(folder.write("own", "", 0644)));
  CHECK_FALSE(own(folder.write("groups", "", 0664)));
  CHECK_FALSE(own(folder.write("all", "", 0646)));
}
