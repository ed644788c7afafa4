#include "admin/update/jobs.hpp"

#include "catch.hpp"

using namespace badclients::admin::update;

TEST_CASE("the lines of [update] become jobs, in their order") {
  const auto found = read_jobs(
      {{"new-outlook", "microsoft365:Exchange", 4}, {"clients/data/edison.net", "aws", 5}}, "conf");
  CHECK(found.problems.empty());
  REQUIRE(found.jobs.size() == 2);
  CHECK(found.jobs[0].target.file == "new-outlook.lst");
  CHECK(found.jobs[1].target.folder == "clients/data");
  CHECK(found.jobs[1].source.provider->name == "aws");
}

TEST_CASE("a line that is no job is a problem, and the others count") {
  const auto found = read_jobs({{"../x", "aws", 4},
                                {"a", "awz", 5},
                                {"b", "google", 6},
                                {"ip_net.deny.d/b.lst", "linode", 7},
                                {"c", "", 8}},
                               "conf");
  REQUIRE(found.jobs.size() == 1);
  CHECK(found.jobs[0].target.name == "b");
  REQUIRE(found.problems.size() == 4);
  CHECK_THAT(found.problems[0].str(),
             ContainsSubstring("conf:4: update/../x: '../x' is no place for a list"));
  CHECK_THAT(found.problems[1].str(), ContainsSubstring("conf:5: update/a: 'awz' is no source"));
  CHECK(found.problems[2].str() ==
        "conf:7: update/ip_net.deny.d/b.lst: another line makes the same list");
  CHECK_THAT(found.problems[3].str(), ContainsSubstring("conf:8: update/c: '' is no source"));
}
