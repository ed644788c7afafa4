#include "lists/sources.hpp"

#include <unistd.h>

#include <filesystem>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;
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

TEST_CASE("contents differ where a text, a name, a real path differs") {
  const TempFolder folder;
  const auto file = folder.write("file", "12345678x");
  const auto content = [&](SourceKind kind, const std::string& path) {
    return content_of(kind, path).value();
  };
  const auto text = content(SourceKind::file, file);
  folder.write("file", "12345678y");
  CHECK(content(SourceKind::file, file) != text);
  folder.write("file", "12345678x");
  CHECK(content(SourceKind::file, file) == text);
  folder.write("file", std::string("12345678x\0", 10));
  CHECK(content(SourceKind::file, file) != text);
  CHECK_FALSE(content_of(SourceKind::file, folder / "nothing"));
  CHECK_FALSE(content_of(SourceKind::unreadable, file));

  const auto names = content(SourceKind::folder, folder.path());
  folder.write("file.swp", "");  // what editors leave there
  folder.write("lists.index.new", "");
  CHECK(content(SourceKind::folder, folder.path()) == names);
  folder.write("another", "");
  CHECK(content(SourceKind::folder, folder.path()) != names);

  const auto link = folder / "link";
  CHECK(content(SourceKind::missing, link) == 0);
  std::filesystem::create_symlink("nothing", link);
  CHECK(content(SourceKind::missing, link) == 1);
  std::filesystem::remove(link);
  std::filesystem::create_symlink("file", link);
  const auto real = content(SourceKind::real_path, link);
  CHECK(real == content(SourceKind::real_path, file));
  std::filesystem::remove(link);
  std::filesystem::create_hard_link(file, link);
  CHECK(content(SourceKind::real_path, link) != real);
}
