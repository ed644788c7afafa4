#include "door/options.hpp"

#include "catch.hpp"

using namespace badclients::door;
using Program = std::vector<std::string>;

namespace {

tl::expected<Options, std::string> read(const std::vector<const char*>& arguments) {
  return read_options(arguments);
}

}  // namespace

TEST_CASE("without arguments the default configuration counts, and there is no program") {
  const auto options = read({}).value();
  CHECK(options.config == "/etc/dovecot/bad_clients.conf.ext");
  CHECK(options.rest.empty());
  CHECK_FALSE(options.help);
  CHECK_FALSE(options.version);
}

TEST_CASE("the configuration file is named in two words or one") {
  CHECK(read({"--config", "/a"})->config == "/a");
  CHECK(read({"--config=/a b"})->config == "/a b");
  CHECK(read({"--config", "/a", "reply"})->rest == Program{"reply"});
  CHECK(read({"--config", "--", "reply"})->config == "--");
}

TEST_CASE("from the first argument that is no option on all is the program's") {
  const auto options = read({"--config", "/a", "sh", "--config", "/b", "--help", "--", "-x", ""});
  CHECK(options->config == "/a");
  CHECK_FALSE(options->help);
  CHECK(options->rest == Program{"sh", "--config", "/b", "--help", "--", "-x", ""});
  CHECK(read({"-"})->rest == Program{"-"});
  CHECK(read({"", "x"})->rest == Program{"", "x"});
}

TEST_CASE("a process in the background is told so") {
  CHECK_FALSE(read({"--config", "/a"})->background);
  CHECK(read({"--config", "/a", "--background"})->background);
}

TEST_CASE("two dashes end the options, and only the first do") {
  CHECK(read({"--", "--help"})->rest == Program{"--help"});
  CHECK(read({"--", "--", "x"})->rest == Program{"--", "x"});
  CHECK(read({"--"})->rest.empty());
}

TEST_CASE("help and version are asked for by name") {
  CHECK(read({"--help"})->help);
  CHECK(read({"--version"})->version);
}

TEST_CASE("what is no option is an error that names it") {
  CHECK_THAT(read({"--confg", "/a"}).error(), ContainsSubstring("--confg"));
  CHECK_THAT(read({"--conf", "/a"}).error(), ContainsSubstring("--conf"));
  CHECK_THAT(read({"-c", "/a"}).error(), ContainsSubstring("-c"));
  CHECK_THAT(read({"--config"}).error(), ContainsSubstring("--config"));
  CHECK_THAT(read({"--help=yes"}).error(), ContainsSubstring("--help"));
}
