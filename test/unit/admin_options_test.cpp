#include "admin/options.hpp"

#include <sstream>

#include "catch.hpp"

using namespace badclients;

namespace {

/// One command line, read.
struct Run {
  std::ostringstream out, err;
  const admin::Context context{"", [] { return facts::Time{}; }, out, err};
  tl::expected<admin::Call, int> values;

  explicit Run(const std::vector<std::string>& arguments) : values(read(arguments)) {}

  [[nodiscard]] tl::expected<admin::Call, int> read(
      const std::vector<std::string>& arguments) const {
    admin::CommandLine line{"check ADDRESS [OPTION]...", "Shows.", {"address"}};
    line.value("user", "NAME", "who").flag("json", "as JSON");
    return admin::read(line, arguments, context);
  }
};

}  // namespace

TEST_CASE("a command's options and arguments are read in any order") {
  const Run run({"--json", "192.0.2.1", "--user=alice"});
  REQUIRE(run.values);
  CHECK(run.values->text("address") == "192.0.2.1");
  CHECK(run.values->text("user") == "alice");
  CHECK(run.values->has("json"));
}

TEST_CASE("an argument that begins with a hyphen stands behind two of them") {
  const Run run({"--", "--json"});
  REQUIRE(run.values);
  CHECK(run.values->text("address") == "--json");
}

TEST_CASE("--help is printed, whatever else is missing") {
  const Run run({"--help"});
  REQUIRE_FALSE(run.values);
  CHECK(run.values.error() == 0);
  CHECK_THAT(run.out.str(),
             ContainsSubstring("Usage: badclientsctl [--config FILE] check ADDRESS [OPTION]...\n"));
  CHECK_THAT(run.out.str(), ContainsSubstring("--user NAME"));
  CHECK(run.out.str().find("address") == std::string::npos);
  CHECK(run.err.str().empty());
}

TEST_CASE("wrong usage is named, with the usage") {
  const auto* arguments = GENERATE("--jso", "--colour", "--user", "second");
  const Run run({"192.0.2.1", arguments});
  INFO(arguments);
  REQUIRE_FALSE(run.values);
  CHECK(run.values.error() == 2);
  CHECK_THAT(run.err.str(), ContainsSubstring("badclientsctl: "));
  CHECK_THAT(run.err.str(), ContainsSubstring("Usage: badclientsctl"));
  CHECK(run.out.str().empty());
}

TEST_CASE("a missing argument is wrong usage, and foreign bytes do not reach the terminal") {
  const Run missing({});
  REQUIRE_FALSE(missing.values);
  CHECK(missing.values.error() == 2);
  CHECK_THAT(missing.err.str(), ContainsSubstring("badclientsctl: check needs an ADDRESS\n"));
  const Run many({"192.0.2.1", "192.0.2.2"});
  REQUIRE_FALSE(many.values);
  CHECK(many.values.error() == 2);
  CHECK_THAT(many.err.str(), ContainsSubstring("check takes one ADDRESS\n"));
  const Run evil({"192.0.2.1", "--\x1b[2J"});
  REQUIRE_FALSE(evil.values);
  CHECK(evil.err.str().find('\x1b') == std::string::npos);
}

TEST_CASE("what is wrong is said in the words of who typed it") {
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases{
      {{"--user"}, "--user needs a NAME\n"},
      {{"--usr", "x"}, "check has no option --usr (did you mean --user?)\n"},
      {{"--json=1"}, "--json takes no value\n"},
      {{"--user", "a", "--user", "b"}, "--user is there twice\n"},
      {{"-x"}, "check has no option -x\n"}};
  for (const auto& [arguments, said] : cases) {
    auto all = arguments;
    all.insert(all.begin(), "192.0.2.1");
    const Run run(all);
    REQUIRE_FALSE(run.values);
    CHECK(run.values.error() == 2);
    CHECK_THAT(run.err.str(), ContainsSubstring(said));
  }
}

TEST_CASE("-h is --help, and --version prints the version") {
  const Run help({"-h"});
  CHECK(help.values.error() == 0);
  CHECK_THAT(help.out.str(), ContainsSubstring("Usage: "));
  const Run version({"--version"});
  CHECK(version.values.error() == 0);
  CHECK(version.out.str() == admin::version_text());
}

TEST_CASE("the options are listed for the completion of shells") {
  const Run run({"--list-options"});
  CHECK(run.values.error() == 0);
  CHECK(run.out.str() ==
        "--user\tNAME\twho\n--json\t\tas JSON\n--help\t\tprint this text\n"
        "--version\t\tprint the version\n");
}

TEST_CASE("a command may take any number of arguments") {
  const auto rest = [](const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    admin::CommandLine line{"update [LIST]...", "Updates.", {}, "LIST"};
    line.flag("quiet,q", "");
    const admin::Context context{"", [] { return facts::Time{}; }, out, err};
    const auto values = admin::read(line, arguments, context);
    REQUIRE(values);
    return values->words("LIST");
  };
  CHECK(rest({"a", "-q", "b"}) == std::vector<std::string>{"a", "b"});
  CHECK(rest({"-q"}).empty());
}
