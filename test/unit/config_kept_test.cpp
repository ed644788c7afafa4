#include "config/kept.hpp"

#include <filesystem>

#include "catch.hpp"
#include "rest.hpp"
#include "temp_folder.hpp"

using namespace badclients;

TEST_CASE("a configuration is read again when its file has changed, and not before") {
  const TempFolder folder;
  const auto file = folder.write("one.conf", "[general]\nlist_path = /one\n");
  const auto other = folder.write("other.conf", "[general]\nlist_path = /other\n");
  wait_for_rest(file);
  config::Kept kept;
  const auto list_path = [&](const std::string& path) {
    const auto& loaded = kept.load(path);
    return loaded ? loaded->config.general.list_path : loaded.error().text;
  };
  CHECK(list_path(file) == "/one");
  const auto* const text = kept.load(file)->config.general.list_path.data();
  CHECK(kept.load(file)->config.general.list_path.data() == text);  // not even copied
  CHECK(list_path(other) == "/other");
  CHECK(list_path(file) == "/one");

  folder.write("one.conf", "[general]\nlist_path = /two\n");
  CHECK(list_path(file) == "/two");
  folder.write("one.conf",
               "[general]\nlist_path = /six\n");  // perhaps in the same tick of the clock
  CHECK(list_path(file) == "/six");
  wait_for_rest(file);
  CHECK(list_path(file) == "/six");
  std::filesystem::rename(other, file);
  CHECK(list_path(file) == "/other");
  std::filesystem::remove(file);
  CHECK(list_path(file) == "No such file or directory");
  folder.write("one.conf", "[general]\nlist_path = /last\n");
  CHECK(list_path(file) == "/last");
}
