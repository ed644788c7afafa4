#include "admin/update/remembered.hpp"

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::admin::update;

namespace {

const Remembered example{"aws https://example.org/",
                         {"W/\"a: b\"", "Thu, 24 Jul 2025 20:23:14 GMT"},
                         digest("list"),
                         "d41d8cd9-8f00-4204-a980-0998ecf8427e"};

}  // namespace

TEST_CASE("what an update remembers is recalled, each list for itself") {
  const TempFolder state;
  REQUIRE(remember(state.path(), "aws", example));
  REQUIRE(remember(state.path(), "clients/data/aws.net", {}));
  CHECK(recall(state.path(), "aws") == example);
  CHECK(recall(state.path(), "clients/data/aws.net") == Remembered{});
  CHECK(recall(state.path(), "other") == Remembered{});
  CHECK_THAT(read_whole_file(state / "update/aws.state"),
             ContainsSubstring("\"last_modified\": \"Thu, 24 Jul 2025 20:23:14 GMT\""));
}

TEST_CASE("nonsense is forgotten") {
  const TempFolder state;
  REQUIRE(remember(state.path(), "aws", example));
  for (const auto* text : {"", "x", "[]", "{}", "etag: x\n", "{\"etag\": 7}", "{\"x\": \"y\"}"}) {
    state.write("update/aws.state", text);
    CHECK(recall(state.path(), "aws") == Remembered{});
  }
}

TEST_CASE("a source that is not UTF-8 is no reason to fail") {
  const TempFolder state;
  CHECK(remember(state.path(), "aws", {"geofeed:city=Z\xfcrich", {}, {}, {}}));
}

TEST_CASE("where nothing can be kept, the reason is told") {
  const TempFolder state;
  state.write("update", "a file");
  const auto kept = remember(state.path(), "aws", example);
  REQUIRE_FALSE(kept);
  CHECK_THAT(kept.error(), ContainsSubstring("/update: Not a directory"));
  CHECK(recall(state.path(), "aws") == Remembered{});
}

TEST_CASE("texts that differ have other digests") {
  CHECK(digest("list") == digest("list"));
  CHECK(digest("list") != digest("lisT"));
  CHECK(digest("").size() == 16);
}
