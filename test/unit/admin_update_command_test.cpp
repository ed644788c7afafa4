#include "admin/update/command.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <sstream>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;

namespace {

/// One run of `badclientsctl update` that does not get as far as asking a server.
struct Run {
  TempFolder folder;
  std::ostringstream out, err;
  int code;

  Run(const std::vector<std::string>& arguments, const std::string& settings) {
    std::filesystem::create_directory(folder / "lists");
    const auto text = fmt::format("list_path = {}\nstate_path = {}\n{}", folder / "lists",
                                  folder / "state", settings);
    const admin::Context context{folder.write("conf", text), [] { return facts::Time{}; }, out,
                                 err};
    code = admin::update::run(arguments, context);
  }
};

}  // namespace

TEST_CASE("update --help names the publishers and their keys") {
  const Run run({"--help"}, "");
  CHECK(run.code == admin::exit_good);
  CHECK_THAT(run.out.str(),
             ContainsSubstring("aws           service, region, network_border_group"));
  CHECK_THAT(run.out.str(),
             ContainsSubstring("azure         tag, region, systemService (needs a URL)"));
  CHECK_THAT(run.out.str(), ContainsSubstring("--dry-run"));
}

TEST_CASE("update that is called wrongly says how, and does nothing") {
  const auto wrong = [](const std::vector<std::string>& arguments, const char* settings) {
    const Run run(arguments, settings);
    CHECK(run.code == admin::exit_usage);
    CHECK(run.out.str().empty());
    return run.err.str();
  };
  // What is suggested refuses nobody who has not enabled the client.
  CHECK_THAT(wrong({}, ""),
             ContainsSubstring("has no section [update]") &&
                 ContainsSubstring(
                     "(try 'clients/data/new-outlook.net = microsoft365:Exchange,id=1' there"));
  CHECK_THAT(wrong({"y"}, "[update]\nx = aws\n"),
             ContainsSubstring("'y' is no list of [update] in"));
  CHECK_THAT(wrong({"--source", "aws"}, ""), ContainsSubstring("--source and --to go together"));
  CHECK_THAT(wrong({"--to", "x"}, ""), ContainsSubstring("--source and --to go together"));
  CHECK_THAT(wrong({"--to", "x", "--source", "aws", "y"}, ""), ContainsSubstring("without other"));
  CHECK_THAT(wrong({"--to", "x", "--source", "awz"}, ""),
             ContainsSubstring("--source: 'awz' is no source"));
  CHECK_THAT(wrong({"--to", "/etc/x", "--source", "aws"}, ""),
             ContainsSubstring("--to: '/etc/x' is no place for a list"));
  CHECK_THAT(wrong({"--nonsense"}, ""), ContainsSubstring("--nonsense"));
}

TEST_CASE("update that is not possible names the place, and ends as all commands do then") {
  const auto failed = [](const std::vector<std::string>& arguments, const char* settings,
                         int code = admin::exit_cannot_decide) {
    const Run run(arguments, settings);
    CHECK(run.code == code);
    return run.err.str();
  };
  CHECK_THAT(failed({}, "mode = x\n[update]\nx = aws\n"),
             ContainsSubstring("conf:3: general/mode") &&
                 ContainsSubstring("nothing is done while the configuration has errors"));
  // The other lists are looked after.
  CHECK_THAT(failed({}, "[update]\nx = awz\n", admin::exit_bad),
             ContainsSubstring("conf:4: update/x: 'awz' is no source"));
  CHECK_THAT(
      failed({"x"}, "list_path = /nonexistent/lists\n[update]\nx = text https://localhost:1/\n"),
      ContainsSubstring("/nonexistent/lists: no such folder"));
}

TEST_CASE("a server that does not answer is a failure that names list and URL") {
  setenv("no_proxy", "*", 1);
  const Run run({}, "[update]\nx = text https://127.0.0.1:1/list\n");
  CHECK(run.code == admin::exit_bad);
  CHECK_THAT(run.err.str(), ContainsSubstring("update: x: https://127.0.0.1:1/list: "));
  CHECK(std::filesystem::is_empty(run.folder / "lists"));
}
