// The shipped examples: what an administrator copies has to be right.

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "admin/report/known.hpp"
#include "admin/update/jobs.hpp"
#include "catch.hpp"
#include "config/config.hpp"
#include "config/ini.hpp"
#include "config/table.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

using namespace badclients;
namespace fs = std::filesystem;

namespace {

std::string source(const std::string& name) {
  return read_whole_file(BADCLIENTS_SOURCE_ROOT "/" + name);
}

/// Every Dovecot block "passdb { ... }" in a text, without comments. Lines that go on are one; `\e`
/// is a backslash of a manual page's.
std::vector<std::string> passdb_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  static const std::regex goes_on(R"( *\\e?\n *)");
  std::istringstream input(std::regex_replace(text, goes_on, " "));
  bool inside = false;
  static const std::regex comment(R"(\s*#.*$)");
  for (std::string line; std::getline(input, line);) {
    line = std::regex_replace(line, comment, "");
    if (line == "passdb {") {
      inside = true;
      blocks.emplace_back();
    }
    if (inside) blocks.back() += line + "\n";
    if (line.starts_with("}")) inside = false;
  }
  return blocks;
}

bool has_line(const std::string& block, const std::string& setting) {
  return std::regex_search(block, std::regex("(^|\n)\\s*" + setting + "\\s*(\n|$)"));
}

}  // namespace

TEST_CASE("no Dovecot configuration that we show lets badclients vouch for a password") {
  std::vector<std::string> files{"man/badclients.8"};
  for (const auto& file : fs::directory_iterator(BADCLIENTS_SOURCE_ROOT "/examples/dovecot-2.3")) {
    if (!file.path().filename().string().starts_with("auth-")) continue;
    files.push_back("examples/dovecot-2.3/" + file.path().filename().string());
  }
  REQUIRE(files.size() > 2);
  for (const auto& file : files) {
    INFO(file);
    std::size_t ours = 0;
    bool checked = false;
    for (const auto& block : passdb_blocks(source(file))) {
      INFO(block);
      if (!has_line(block, "driver = checkpassword")) {
        checked = true;
        CHECK(has_line(block, "result_success = continue-ok"));
        continue;
      }
      ++ours;
      CHECK(checked);  // another passdb has checked the password
      CHECK(has_line(block, "args = /usr/bin/badclients"));
      CHECK(has_line(block, "skip = unauthenticated"));
      CHECK(has_line(block,
                     "mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 "
                     "apop external gssapi gss-spnego otp ntlm"));
      CHECK(has_line(block, "result_success = continue"));
      CHECK(has_line(block, "result_failure = return-fail"));
      CHECK_FALSE(has_line(block, "result_internalfail = (return|continue)-ok"));
    }
    CHECK(ours == 1);
  }
}

TEST_CASE("the example configuration is read without a problem, and changes nothing") {
  const auto loaded = config::load(BADCLIENTS_SOURCE_ROOT "/examples/bad_clients.conf.ext");
  REQUIRE(loaded);
  for (const auto& problem : loaded->problems) UNSCOPED_INFO(problem.str());
  CHECK(loaded->problems.empty());
  CHECK(loaded->config == config::Config());
}

TEST_CASE("the lists that the example configuration proposes are ones that update can make") {
  auto text = source("examples/bad_clients.conf.ext");
  const auto section = text.find("[update]");
  REQUIRE(section != std::string::npos);
  text = std::regex_replace(text.substr(section), std::regex("\n;(\\S+ = )"), "\n$1");
  const auto loaded = config::parse(text, "bad_clients.conf.ext");
  const auto found = admin::update::read_jobs(loaded.config.update, "bad_clients.conf.ext");
  for (const auto& problem : found.problems) UNSCOPED_INFO(problem.str());
  CHECK(found.problems.empty());
  CHECK(found.jobs.size() == 2);
}

TEST_CASE("the example configuration has every key that has an effect, with its default") {
  // A key without its comment mark is what an administrator makes of it.
  const auto text = std::regex_replace(source("examples/bad_clients.conf.ext"),
                                       std::regex("\n;([a-z0-9_]+ =)"), "\n$1");
  const auto loaded = config::parse(text, "bad_clients.conf.ext");
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.str());
  CHECK(loaded.problems.empty());
  auto defaults = config::Config();
  defaults.lookup.helper = "/usr/libexec/badclients/badclients-lookup";
  CHECK(loaded.config == defaults);

  const auto manual = source("man/bad_clients.conf.5");
  const auto without_effect = manual.substr(manual.find(".Ss Keys accepted for other versions"));
  std::set<std::string> named;
  std::string section;
  for (const auto& line : config::split_ini(text)) {
    if (line.kind == config::IniLine::Kind::section) section = line.name;
    if (line.kind == config::IniLine::Kind::setting)
      named.insert(section + "/" + std::string(line.name));
  }
  for (const auto& [key, set, comment] : config::table()) {
    const auto name = std::string(key.section) + "/" + std::string(key.name);
    INFO(name);
    const bool effective = without_effect.find(".It Ic " + name + " ") == std::string::npos;
    CHECK((named.count(name) == 1) == effective);
  }
}

TEST_CASE("the example of known networks can be read") {
  const auto known =
      admin::report::Known::read(BADCLIENTS_SOURCE_ROOT "/examples/report/known-networks");
  REQUIRE(known);
  logs::Login login;
  login.asn = 680;
  CHECK(known->holds(login));
  login.asn = 8075;
  CHECK_FALSE(known->holds(login));
}
