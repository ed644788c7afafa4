#include "admin/setup/state_files.hpp"

#include <cerrno>
#include <vector>

#include "admin/update/remembered.hpp"
#include "base/state_file.hpp"
#include "base/whole_file.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using admin::setup::goes_with_state_folder;
using admin::setup::remove_state_folder;

namespace {

/// A state folder below the test's own.
struct State {
  TempFolder folder;
  std::string path = folder / "state";
  State() { std::filesystem::create_directory(path); }
};

}  // namespace

TEST_CASE("a state folder goes with all that badclients keeps in it") {
  const State state;
  for (const auto name : base::state_files) {
    state.folder.write("state/" + std::string(name), "x");
    state.folder.write("state/" + base::unfinished(std::string(name)), "x");
  }
  for (const auto* name :
       {"lists.index.tmp", "lists.verified.tmp", "lists.failed.tmp", "cache.db-wal", "cache.db-shm",
        "cache.db-journal", "budget.db-wal", "budget.db-shm", "budget.db-journal"}) {
    state.folder.write(std::string("state/") + name, "x");
  }
  REQUIRE(admin::update::remember(state.path, "a/b.lst", {}));
  state.folder.write("state/update/lock", "");
  state.folder.write("state/update/.x.state.new", "");
  for (const auto& each : std::filesystem::directory_iterator(state.path)) {
    INFO(each.path());
    CHECK(goes_with_state_folder(each.path()));
  }
  CHECK(remove_state_folder(state.path) == 0);
  CHECK_FALSE(std::filesystem::exists(state.path));
}

TEST_CASE("what is not badclients' own stays in a state folder, and the folder with it") {
  const State state;
  state.folder.write("state/cache.db", "x");
  std::filesystem::create_directory(state.path + "/update");
  const std::vector<std::string> foreign{"cache.db.old", "city.mmdb", "update/mine", "secret"};
  for (const auto& name : foreign) state.folder.write("state/" + name, "x");
  for (const auto* name : {"cache.db.old", "city.mmdb", "secret", "update"}) {
    INFO(name);
    CHECK_FALSE(goes_with_state_folder(state.folder / "state" + "/" + name));
  }
  CHECK(remove_state_folder(state.path) == ENOTEMPTY);
  for (const auto& name : foreign) {
    INFO(name);
    CHECK(std::filesystem::exists(state.path + "/" + name));
  }
  CHECK_FALSE(std::filesystem::exists(state.path + "/cache.db"));
}

TEST_CASE("no link out of a state folder is followed") {
  const State state;
  std::filesystem::create_directory(state.folder / "elsewhere");
  state.folder.write("elsewhere/x.state", "x");
  std::filesystem::create_directory_symlink(state.folder / "elsewhere", state.path + "/update");
  CHECK(remove_state_folder(state.path) == ENOTEMPTY);
  CHECK(std::filesystem::exists(state.folder / "elsewhere/x.state"));
  std::filesystem::create_directory_symlink(state.path, state.folder / "link");
  CHECK(remove_state_folder(state.folder / "link") != 0);
}
