#include "login/warner.hpp"

#include "catch.hpp"
#include "lines_sink.hpp"

using namespace badclients;
using login::Warner;
using Texts = std::vector<std::string>;

namespace {

struct Case {
  Lines log;
  Warner warner{log};
};

config::Problem problem(const std::string& text, config::Problem::Severity severity) {
  return {severity, "a.conf", 1, text};
}

}  // namespace

TEST_CASE_METHOD(Case, "a login warns once of the same, however often it comes to it") {
  warner.warn(Texts{"locked", "locked", "mute", "locked"});
  warner.warn(Texts{"locked", "blind"});
  warner.warn(Texts(20, "locked"));
  CHECK(log.worse == Texts{"locked", "mute", "blind"});
}

TEST_CASE_METHOD(Case, "more than five different warnings are counted; lint does not know them") {
  warner.warn(Texts{"1", "2", "2", "3", "4", "5", "6", "7", "6"});
  CHECK(log.worse ==
        Texts{"1", "2", "3", "4", "5", "and 2 more, which are not written for one login"});
}

TEST_CASE_METHOD(Case, "lines of files that are not shown are for lint to show, once") {
  warner.warn_of_lines({"1", "2", "3", "4", "5", "6"}, 9);
  warner.warn_of_lines({"1", "2", "3", "4", "5", "6"}, 9);
  CHECK(log.worse == Texts{"1", "2", "3", "4", "5", "and 4 more: run badclientsctl lint"});
}

TEST_CASE_METHOD(Case, "of problems those that make a line void are told") {
  using Severity = config::Problem::Severity;
  std::vector<config::Problem> problems{problem("odd", Severity::warning)};
  for (int i = 1; i <= 6; ++i) problems.push_back(problem(std::to_string(i), Severity::error));
  warner.warn(problems);
  REQUIRE(log.worse.size() == 6);
  CHECK(log.worse[0] == problems[1].str());
  CHECK(log.worse[5] == "and 1 more: run badclientsctl lint");
}
