#include "lists/index_writer.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "catch.hpp"
#include "child_process.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;

namespace {

std::optional<IndexWriter> take(const TempFolder& folder) {
  auto writer = IndexWriter::take(folder.path(), Purpose::rules);
  REQUIRE(writer);
  return std::move(*writer);
}

std::string published(const TempFolder& folder) {
  return read_whole_file(index_path(folder.path()));
}

std::vector<std::string> names_in(const TempFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

}  // namespace

TEST_CASE("one at a time may replace the index, and nothing else is left in the folder") {
  const TempFolder folder;
  auto first = take(folder);
  REQUIRE(first);
  CHECK_FALSE(take(folder));
  CHECK(IndexWriter::take(folder.path(), Purpose::stamps).value());
  REQUIRE(std::move(*first).publish("one"));
  CHECK(published(folder) == "one");
  CHECK(names_in(folder) == std::vector<std::string>{"lists.index"});

  auto second = take(folder);
  REQUIRE(second);
  CHECK(published(folder) == "one");  // until there is another
  REQUIRE(std::move(*second).publish("the other"));
  CHECK(published(folder) == "the other");
}

TEST_CASE("the index is private, but for the group that shares the folder") {
  const TempFolder folder;
  REQUIRE(std::move(*take(folder)).publish("x"));
  CHECK(mode_of(index_path(folder.path())) == 0600);
  chmod(folder.path().c_str(), 0770);
  REQUIRE(std::move(*take(folder)).publish("x"));
  CHECK(mode_of(index_path(folder.path())) == 0640);
}

TEST_CASE("a right that was not used leaves nothing, and is had again") {
  const TempFolder folder;
  CHECK(take(folder));
  CHECK(names_in(folder).empty());
  CHECK(take(folder));
}

TEST_CASE("who has opened the old index keeps it") {
  const TempFolder folder;
  REQUIRE(std::move(*take(folder)).publish("old"));
  const int old = ::open(index_path(folder.path()).c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(std::move(*take(folder)).publish("new"));
  CHECK(contents(old) == "old");
  ::close(old);
}

TEST_CASE("a writer that was killed is followed by the next, whatever it left") {
  const TempFolder folder;
  CHECK(wait_for_child(start_child([&] {
          auto writer = IndexWriter::take(folder.path(), Purpose::rules).value();
          std::ofstream{folder / "lists.index.new"} << std::string(100'000, 'x');
          return ::raise(SIGKILL);
        })) == 128 + SIGKILL);
  REQUIRE(names_in(folder) == std::vector<std::string>{"lists.index.new"});
  REQUIRE(std::move(*take(folder)).publish("sound"));
  CHECK(published(folder) == "sound");
  CHECK(names_in(folder) == std::vector<std::string>{"lists.index"});
}

TEST_CASE("of many writers at once each publishes a whole index or none") {
  const TempFolder folder;
  const auto codes = exit_codes_of_children(12, [&](int number) {
    int wrong = 0;
    for (int round = 0; round < 30; ++round) {
      auto writer = IndexWriter::take(folder.path(), Purpose::rules);
      if (!writer) return 1;
      const std::string whole(20'000, static_cast<char>('a' + number));
      if (*writer && !std::move(**writer).publish(whole)) return 2;
      const auto found = published(folder);
      const bool sound =
          found.size() == whole.size() &&
          std::all_of(found.begin(), found.end(), [&](char c) { return c == found[0]; });
      if (!sound && !found.empty()) ++wrong;
    }
    return wrong == 0 ? 0 : 3;
  });
  CHECK(codes == std::vector<int>(12, 0));
  CHECK(published(folder).size() == 20'000);
}

TEST_CASE("no other file is overwritten by way of a link") {
  const TempFolder folder;
  const auto victim = folder.write("victim", "precious");
  SECTION("symbolic") {
    std::filesystem::create_symlink(victim, folder / "lists.index.new");
  }
  SECTION("hard") {
    std::filesystem::create_hard_link(victim, folder / "lists.index.new");
  }
  const auto writer = IndexWriter::take(folder.path(), Purpose::rules);
  REQUIRE_FALSE(writer);
  CHECK_THAT(writer.error(), ContainsSubstring(folder / "lists.index.new"));
  CHECK(read_whole_file(victim) == "precious");
}

TEST_CASE("where nothing can be written the error names the place and the reason") {
  const TempFolder folder;
  const auto writer = IndexWriter::take(folder / "missing", Purpose::rules);
  REQUIRE_FALSE(writer);
  CHECK(writer.error() ==
        (folder / "missing") + "/lists.index.new cannot be written: No such file or directory");
  std::filesystem::create_directory(index_path(folder.path()));
  const auto done = std::move(*take(folder)).publish("x");
  REQUIRE_FALSE(done);
  CHECK_THAT(done.error(), ContainsSubstring("Is a directory"));
}

TEST_CASE("an index is made in a process that has nothing of this one's but its work") {
  const TempFolder folder;
  const auto ended = in_child([&]() -> int {
    auto writer = IndexWriter::take(folder.path(), Purpose::rules).value();
    const auto done = std::move(*writer).publish_apart([] {
      std::string descriptors;
      for (int number = 0; number < 300; ++number) {
        if (::fcntl(number, F_GETFD) >= 0) descriptors += std::to_string(number) + " ";
      }
      (void)!::write(1, "x", 1);
      return descriptors;
    });
    return done ? 0 : 1;
  });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out.empty());
  CHECK(published(folder) == "0 1 2 3 4 ");
}

TEST_CASE("an index whose maker fails is not there, and the reason is") {
  const TempFolder folder;
  REQUIRE(std::move(*take(folder)).publish("old"));
  const auto trouble = [&](const std::function<std::string()>& make) {
    const auto done = std::move(*take(folder)).publish_apart(make);
    CHECK(published(folder) == "old");
    return done ? "" : done.error();
  };
  CHECK_THAT(trouble([]() -> std::string { throw std::length_error("too long"); }),
             ContainsSubstring("lists.index cannot be made: too long"));
  CHECK_THAT(trouble([]() -> std::string {
               ::raise(SIGKILL);
               return {};
             }),
             ContainsSubstring("its maker was killed"));
}

TEST_CASE("a disk that is full leaves the old index and nothing else") {
  const TempFolder folder;
  REQUIRE(std::move(*take(folder)).publish("old"));
  CHECK(exit_code_of_child([&] {
          std::signal(SIGXFSZ, SIG_IGN);
          const rlimit small{4096, 4096};
          ::setrlimit(RLIMIT_FSIZE, &small);
          auto writer = IndexWriter::take(folder.path(), Purpose::rules).value();
          const auto done = std::move(*writer).publish_apart([] { return std::string(5000, 'x'); });
          return !done && done.error().ends_with("File too large") ? 0 : 1;
        }) == 0);
  CHECK(published(folder) == "old");
  CHECK(names_in(folder) == std::vector<std::string>{"lists.index"});
  REQUIRE(std::move(*take(folder)).publish("new"));
}
