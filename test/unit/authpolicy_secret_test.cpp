#include "authpolicy/secret.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::authpolicy;

namespace {

std::string written(const TempFolder& folder, const std::string& text, mode_t mode = 0600) {
  auto path = folder.write("secret", text);
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace

TEST_CASE("a secret is the line in its file") {
  const TempFolder folder;
  CHECK(read_secret(written(folder, "s3cret\n")) == "s3cret");
  CHECK(read_secret(written(folder, "\n a secret of words \r\n\n")) == "a secret of words");
  CHECK(read_secret(written(folder, "x", 0400)) == "x");
}

TEST_CASE("a secret that cannot be one is an error that names its file") {
  const TempFolder folder;
  const auto error = [&](const std::string& text, mode_t mode = 0600) {
    const auto path = written(folder, text, mode);
    const auto read = read_secret(path);
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error(), ContainsSubstring("policy/secret_file: " + path + ": "));
    return read.error();
  };
  CHECK_THAT(error(""), ContainsSubstring("is empty"));
  CHECK_THAT(error(" \n"), ContainsSubstring("is empty"));
  CHECK_THAT(error("one\ntwo\n"), ContainsSubstring("not one line"));
  CHECK_THAT(error("b\xc3\xa4r"), ContainsSubstring("not one line of ASCII"));
  CHECK_THAT(error(std::string(5000, 'x')), ContainsSubstring("has more than 4096 bytes"));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0644U, 0660U}) {
    CHECK_THAT(error("s3cret\n", mode), ContainsSubstring("chmod 0600"));
  }
  CHECK_THAT(read_secret(folder / "none").error(), ContainsSubstring("No such file"));
  const auto place = folder / "folder";
  std::filesystem::create_directory(place);
  CHECK_THAT(read_secret(place).error(), ContainsSubstring("is no regular file"));
}

TEST_CASE("a secret is the same only where all of it is") {
  CHECK(same_secret("s3cret", "s3cret"));
  for (const auto* const other :
       {"", "s", "s3cre", "s3crets", "S3cret", "s3cres", "s3crets3cret"}) {
    CHECK_FALSE(same_secret(other, "s3cret"));
    CHECK_FALSE(same_secret("s3cret", other));
  }
}
