#include "lists/sorter.hpp"

#include <compare>
#include <filesystem>
#include <random>
#include <set>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;

namespace {

struct Record {
  std::uint32_t first, second;
  std::array<std::uint32_t, 14> filling;
  friend auto operator<=>(const Record&, const Record&) = default;
};

/// Sorts `count` random records, of which many come twice, and compares with a set.
void compare_with_set(const std::string& folder, std::size_t count) {
  std::mt19937 random(7);
  std::set<Record> expected;
  Sorter<Record> sorter(folder);
  for (std::size_t i = 0; i < count; ++i) {
    const Record record{
        static_cast<std::uint32_t>(random() % count), static_cast<std::uint32_t>(i % 2), {}};
    expected.insert(record);
    sorter.add(record);
  }
  auto next = expected.begin();
  bool same = true;
  std::size_t found = 0;
  sorter.drain([&](const Record& record) {
    same = same && next != expected.end() && record == *next++;
    ++found;
  });
  CHECK(same);
  CHECK(found == expected.size());
}

}  // namespace

TEST_CASE("records come in order, each once, in memory or not") {
  const TempFolder folder;
  constexpr auto fits = Sorter<Record>::most_bytes / sizeof(Record);
  for (const auto count : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, fits - 1, fits,
                           fits + 1, 3 * fits + 17}) {
    CAPTURE(count);
    compare_with_set("", count);
    compare_with_set(folder.path(), count);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("what does not fit into memory needs a folder that can be written") {
  Sorter<Record> sorter("/nowhere");
  const auto fill = [&] {
    for (std::size_t i = 0; i <= Sorter<Record>::most_bytes / sizeof(Record); ++i) {
      sorter.add({static_cast<std::uint32_t>(i), 0, {}});
    }
  };
  CHECK_THROWS_AS(fill(), std::system_error);
}
