#include "registry/compile/sorter.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using registry::Sorter;

namespace {

std::vector<std::string> sorted_by(Sorter& sorter, const std::vector<std::string>& strings) {
  for (const auto& each : strings) sorter.add(each);
  sorter.finish();
  std::vector<std::string> result;
  while (const auto next = sorter.next()) result.emplace_back(*next);
  CHECK_FALSE(sorter.next());
  return result;
}

}  // namespace

TEST_CASE("strings come out sorted, in however little memory", "[registry]") {
  std::mt19937 random{1};
  std::vector<std::string> strings(50'000);
  for (auto& each : strings) {
    each.resize(random() % 40);
    for (auto& c : each) c = static_cast<char>(random() % 4 * 85);
  }
  strings.emplace_back(60'000, 'z');
  auto expected = strings;
  std::ranges::sort(expected, [](const std::string& a, const std::string& b) {
    return std::string_view(a) < std::string_view(b);
  });
  const TempFolder folder;
  for (const std::size_t memory : {100'000, 1'000'000, 100'000'000}) {
    Sorter sorter{folder.path(), memory};
    CHECK(sorted_by(sorter, strings) == expected);
  }
  Sorter empty{folder.path(), 1000};
  CHECK(sorted_by(empty, {}).empty());
}

TEST_CASE("what does not fit into memory leaves no file behind", "[registry]") {
  const TempFolder folder;
  Sorter sorter{folder.path(), 100'000};
  for (int i = 0; i < 20'000; ++i) sorter.add(std::to_string(i));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a sorter that has no room says where", "[registry]") {
  Sorter sorter{"/nonexistent/folder", 1000};
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i) sorter.add("something");
  };
  CHECK_THROWS_WITH(fill(), ContainsSubstring("/nonexistent/folder") &&
                                ContainsSubstring("No such file or directory"));
}
