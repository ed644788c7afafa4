#include "checkpassword/options.hpp"

#include "catch.hpp"

using namespace badclients::checkpassword;
using Program = std::vector<std::string>;

namespace {

tl::expected<Options, std::string> read(const std::vector<const char*>& arguments) {
  return read_options(arguments);
}

}  // namespace

TEST_CASE("without arguments the default configuration counts, and there is no program") {
  const auto options = read({}).value();
  CHECK(options.config == "/etc/dovecot/bad_clients.conf.ext");
  CHECK(options.program.empty());
  CHECK_FALSE(options.help);
  CHECK_FALSE(options.version);
}

TEST_CASE("the configuration file is named in two words or one") {
  CHECK(read({"--config", "/a"})->config == "/a");
  CHECK(read({"--config=/a b"})->config == "/a b");
  CHECK(read({"--config", "/a", "reply"})->program == Program{"reply"});
  CHECK(read({"--config", "--", "reply"})->config == "--");
}

TEST_CASE("from the first argument that is no option on all is the program's") {
  const auto options = read({"--config", "/a", "sh", "--config", "/b", "--help", "--", "-x", ""});
  CHECK(options->config == "/a");
  CHECK_FALSE(options->help);
  CHECK(options->program == Program{"sh", "--config", "/b", "--help", "--", "-x", ""});
  CHECK(read({"-"})->program == Program{"-"});
  CHECK(read({"", "x"})->program == Program{"", "x"});
}

TEST_CASE("a process in the background is told so") {
  CHECK_FALSE(read({"--config", "/a"})->background);
  CHECK(read({"--config", "/a", "--background"})->background);
}

TEST_CASE("two dashes end the options, and only the first do") {
  CHECK(read({"--", "--help"})->program == Program{"--help"});
  CHECK(read({"--", "--", "x"})->program == Program{"--", "x"});
  CHECK(read({"--"})->program.empty());
}

TEST_CASE("help and version are asked for by name") {
  CHECK(read({"--help"})->help);
  CHECK(read({"--version"})->version);
  CHECK_THAT(help_text(), ContainsSubstring("--config FILE"));
}

TEST_CASE("what is no option is an error that names it") {
  CHECK_THAT(read({"--confg", "/a"}).error(), ContainsSubstring("--confg"));
  CHECK_THAT(read({"--conf", "/a"}).error(), ContainsSubstring("--conf"));
  CHECK_THAT(read({"-c", "/a"}).error(), ContainsSubstring("-c"));
  CHECK_THAT(read({"--config"}).error(), ContainsSubstring("--config"));
  CHECK_THAT(read({"--help=yes"}).error(), ContainsSubstring("--help"));
}
