#include "base/kept_file.hpp"

#include <cerrno>
#include <filesystem>

#include "base/file.hpp"
#include "catch.hpp"
#include "rest.hpp"
#include "temp_folder.hpp"

using namespace badclients;

TEST_CASE("a file is read again when it has changed, and not before") {
  const TempFolder folder;
  const auto file = folder.write("one", "one");
  const auto other = folder.write("other", "other");
  wait_for_rest(file);
  int reads = 0;
  base::KeptFile<std::string, int> kept;
  const auto text = [&](const std::string& path) {
    const auto& read =
        kept.load(path, [&](const std::string& name) -> tl::expected<std::string, int> {
          ++reads;
          const auto opened = base::open_to_read(name);
          return opened.is_open() ? base::read_to_end(opened.number(), 100) : tl::unexpected(errno);
        });
    return read ? *read : "error " + std::to_string(read.error());
  };
  CHECK(text(file) == "one");
  CHECK(text(file) == "one");
  CHECK(reads == 1);
  CHECK(text(other) == "other");
  CHECK(text(file) == "one");
  CHECK(reads == 3);

  folder.write("one", "two");
  CHECK(text(file) == "two");
  folder.write("one", "six");  // perhaps in the same tick of the clock
  CHECK(text(file) == "six");
  wait_for_rest(file);
  CHECK(text(file) == "six");
  std::filesystem::rename(other, file);
  CHECK(text(file) == "other");
  wait_for_rest(file);
  CHECK(text(file) == "other");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  reads = 0;
  CHECK(text(file) == "other");
  CHECK(reads == 1);  // who may use it counts for a secret
  std::filesystem::remove(file);
  CHECK(text(file) == "error " + std::to_string(ENOENT));
  CHECK(text(file) == "error " + std::to_string(ENOENT));
  CHECK(reads == 3);  // what went wrong is not kept
  folder.write("one", "last");
  CHECK(text(file) == "last");
}
