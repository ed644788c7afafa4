#include "admin/setup/state_files.hpp"

#include <cerrno>
#include <vector>

#include "admin/update/remembered.hpp"
#include "base/database.hpp"
#include "budget/database.hpp"
#include "cache/rows.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
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
  for (const auto* name :
       {"askers.lock", "waiting.lock", "lists.index", "lists.index.tmp", "lists.verified",
        "lists.verified.tmp", "lists.failed", "lists.failed.tmp", "lists.lock"}) {
    state.folder.write(std::string("state/") + name, "x");
  }
  for (const std::string name : {cache::layout.name, budget::layout.name}) {
    for (const auto* end : {"", "-wal", "-shm", "-journal"}) {
      state.folder.write("state/" + name + end, "x");
    }
  }
  REQUIRE(admin::update::remember(state.path, "a/b.lst", {}));
  state.folder.write("state/update/lock", "");
  state.folder.write("state/update/.x.state.new", "");
  CHECK(remove_state_folder(state.path) == 0);
  CHECK_FALSE(std::filesystem::exists(state.path));
}

TEST_CASE("what is not badclients' own stays in a state folder, and the folder with it") {
  const State state;
  state.folder.write("state/cache.db", "x");
  std::filesystem::create_directory(state.path + "/update");
  const std::vector<std::string> foreign{"cache.db.old", "city.mmdb", "update/mine", "secret"};
  for (const auto& name : foreign) state.folder.write("state/" + name, "x");
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
