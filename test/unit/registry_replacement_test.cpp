#include "registry/compile/replacement.hpp"

#include <sys/stat.h>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using registry::Replacement;

namespace {

std::vector<std::string> names_in(const TempFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a new registry.db takes the old one's place whole", "[registry]") {
  const TempFolder folder;
  folder.write("registry.db", "old");
  auto replacement = Replacement::begin(folder.path());
  REQUIRE(replacement);
  REQUIRE(*replacement);
  const auto path = (*replacement)->make();
  std::ofstream{path} << "new";
  CHECK(read_whole_file(folder / "registry.db") == "old");
  (*replacement)->finish();
  CHECK(read_whole_file(folder / "registry.db") == "new");
  CHECK(names_in(folder) == Names{"registry.db", "registry.lock"});
  struct stat status {};
  REQUIRE(stat((folder / "registry.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0644);
}

TEST_CASE("a new registry.db that is not finished goes, the old one stays", "[registry]") {
  const TempFolder folder;
  folder.write("registry.db", "old");
  {
    auto replacement = Replacement::begin(folder.path());
    REQUIRE(*replacement);
    std::ofstream{(*replacement)->make()} << "new";
    CHECK(names_in(folder).size() == 3);
  }
  CHECK(read_whole_file(folder / "registry.db") == "old");
  CHECK(names_in(folder) == Names{"registry.db", "registry.lock"});
}

TEST_CASE("only one at a time replaces registry.db", "[registry]") {
  const TempFolder folder;
  {
    const auto first = Replacement::begin(folder.path());
    REQUIRE(*first);
    const auto second = Replacement::begin(folder.path());
    REQUIRE(second);
    CHECK_FALSE(*second);
  }
  CHECK(*Replacement::begin(folder.path()));
}

TEST_CASE("what one that was killed has left behind is written over", "[registry]") {
  const TempFolder folder;
  folder.write(".registry.db.new", "half");
  {
    auto replacement = Replacement::begin(folder.path());
    REQUIRE(*replacement);
    CHECK(read_whole_file((*replacement)->make()).empty());
  }
  CHECK(names_in(folder) == Names{"registry.lock"});
}

TEST_CASE("a folder that cannot be written to is an error with its path", "[registry]") {
  const auto replacement = Replacement::begin("/nonexistent");
  REQUIRE_FALSE(replacement);
  CHECK_THAT(replacement.error(), ContainsSubstring("/nonexistent/registry.lock: No such file"));
}
