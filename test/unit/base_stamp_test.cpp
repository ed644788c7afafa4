#include "base/stamp.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "catch.hpp"
#include "rest.hpp"
#include "temp_folder.hpp"

using namespace badclients::base;
using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

namespace {

Stamp written(std::chrono::nanoseconds at) {
  Stamp stamp;
  stamp.modified = stamp.changed = at.count();
  return stamp;
}

bool racy(std::chrono::nanoseconds at, std::chrono::nanoseconds begin,
          std::chrono::nanoseconds end) {
  const auto time = [](auto since) {
    return Time(std::chrono::duration_cast<Time::duration>(since));
  };
  return is_racy(written(at), {time(begin), time(end)});
}

}  // namespace

TEST_CASE("a file written within a step of its clock before it was looked at may change unseen") {
  constexpr auto then = 1'700'000'000s + 5ms;
  CHECK(racy(then, then, then + 1ms));
  CHECK(racy(then, then + 10ms, then + 11ms));
  CHECK_FALSE(racy(then, then + 1s, then + 1s));
  // The kernel's clock lags behind; and we may have slept between clock and stat.
  CHECK(racy(then, then - 1ms, then - 1ms));
  CHECK(racy(then, then - 10s, then + 10s));
  // What is dated far ahead gets another date when it is written again.
  CHECK_FALSE(racy(then + 1h, then, then));
}

TEST_CASE("a time without fractions of a second may come from a clock that has none") {
  constexpr auto then = 1'700'000'000s;
  CHECK(racy(then, then + 2s, then + 2s));
  CHECK_FALSE(racy(then, then + 4s, then + 4s));
}

TEST_CASE("either time of a stamp makes it racy") {
  constexpr std::chrono::nanoseconds now = 1'700'000'000s + 5ms;
  const Moment moment{Time(std::chrono::duration_cast<Time::duration>(now)),
                      Time(std::chrono::duration_cast<Time::duration>(now))};
  auto stamp = written(1s);
  CHECK_FALSE(is_racy(stamp, moment));
  stamp.modified = now.count();
  CHECK(is_racy(stamp, moment));
  std::swap(stamp.modified, stamp.changed);
  CHECK(is_racy(stamp, moment));
}

TEST_CASE("a stamp tells files apart, follows links, and is nothing where there is nothing") {
  const TempFolder folder;
  const auto one = folder.write("one", "x");
  const auto two = folder.write("two", "x");
  std::filesystem::create_symlink("one", folder / "link");
  CHECK(stamp_of(one.c_str()) == stamp_of((folder / "link").c_str()));
  CHECK(stamp_of(one.c_str()) != stamp_of(two.c_str()));
  CHECK_FALSE(stamp_of((folder / "three").c_str()));
}

TEST_CASE("what was seen of a file holds until the file is another, or another's") {
  const TempFolder folder;
  const auto file = folder.write("file", "one");
  const auto seen_at_rest = [&] {
    wait_for_rest(file);
    return Seen::at(file.c_str());
  };
  const auto seen = seen_at_rest();
  CHECK(seen.holds(file.c_str()));
  CHECK(seen.holds(file.c_str()));

  folder.write("file", "two");
  CHECK_FALSE(seen.holds(file.c_str()));
  const auto second = seen_at_rest();
  CHECK(second.holds(file.c_str()));
  // Renamed over it, with the same size and times.
  folder.write("other", "two");
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  const timespec times[] = {status.st_atim, status.st_mtim};
  REQUIRE(utimensat(AT_FDCWD, (folder / "other").c_str(), times, 0) == 0);
  std::filesystem::rename(folder / "other", file);
  CHECK_FALSE(second.holds(file.c_str()));
  const auto third = seen_at_rest();
  REQUIRE(truncate(file.c_str(), 0) == 0);
  CHECK_FALSE(third.holds(file.c_str()));
  const auto fourth = seen_at_rest();
  chmod(file.c_str(), 0600);
  CHECK_FALSE(fourth.holds(file.c_str()));
  const auto fifth = seen_at_rest();
  std::filesystem::remove(file);
  CHECK_FALSE(fifth.holds(file.c_str()));
}

TEST_CASE("nothing is seen of what is missing, no regular file, or was written this moment") {
  const TempFolder folder;
  const auto file = folder.write("file", "one");
  for (const auto& path : {file, folder / "missing", folder.path(), std::string{"/dev/null"}}) {
    INFO(path);
    CHECK_FALSE(Seen::at(path.c_str()).holds(path.c_str()));
  }
  CHECK_FALSE(Seen{}.holds(file.c_str()));
}
