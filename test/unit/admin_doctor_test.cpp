#include "admin/doctor/client_address.hpp"
#include "admin/doctor/host.hpp"
#include "admin/doctor/policy_errors.hpp"
#include "admin/doctor/report.hpp"
#include "catch.hpp"

using namespace badclients::admin;
using namespace std::chrono_literals;
using doctor::Finding;
using doctor::Level;

namespace {

doctor::Host host_with(std::string_view configuration) {
  doctor::Host host;
  host.version = {2, 3, 19};
  host.dovecot.configuration = read_dovecot_block(configuration);
  return host;
}

}  // namespace

TEST_CASE("Dovecot's durations are read as it prints them") {
  CHECK(doctor::read_duration("7s", 1s) == 7s);
  CHECK(doctor::read_duration("7 secs", 1s) == 7s);
  CHECK(doctor::read_duration("2 mins", 1s) == 2min);
  CHECK(doctor::read_duration("500 ms", 1s) == 500ms);
  CHECK(doctor::read_duration("500 msecs", 1s) == 500ms);
  CHECK(doctor::read_duration("1 hours", 1s) == 1h);
  CHECK(doctor::read_duration("7000", 1ms) == 7s);
  CHECK_FALSE(doctor::read_duration("infinite", 1s));
  CHECK_FALSE(doctor::read_duration("", 1s));
  CHECK(doctor::read_duration("18446744073709551615", 1ms) > 100s);
}

TEST_CASE("a program is found with the configuration that it reads") {
  const auto program = doctor::read_program("/usr/bin/badclients  --config /etc/x --y");
  CHECK(program.path == "/usr/bin/badclients");
  CHECK(program.config == "/etc/x");
  CHECK(doctor::read_program("/b --config=/etc/y").config == "/etc/y");
  CHECK(doctor::read_program("/b").config.empty());

  const auto host = host_with(
      "passdb {\n  driver = checkpassword\n  args = /b/badclients\n}\n"
      "service other {\n  executable = script -p /l/badclients-policy --config /etc/z\n}\n");
  const auto found = programs(host);
  REQUIRE(found.size() == 2);
  CHECK(found[0].path == "/b/badclients");
  CHECK(found[1].path == "/l/badclients-policy");
  CHECK(found[1].config == "/etc/z");
}

TEST_CASE("passdbs of master users are not on the way of a login") {
  const auto host = host_with(
      "passdb {\n  driver = passwd-file\n  master = yes\n}\n"
      "passdb {\n  driver = checkpassword\n  args = /b/badclients\n}\n");
  CHECK(host.passdbs().size() == 1);
  CHECK(host.door_passdb() == 0);
}

TEST_CASE("findings come whole out of another process, whatever bytes they have") {
  const std::vector<Finding> findings{{"a", Level::ok, "good"},
                                      {"b", Level::error, "quote \" and\nline", "try it"}};
  const auto read = doctor::read_findings(doctor::findings_json(findings));
  REQUIRE(read);
  CHECK(*read == findings);
  CHECK(doctor::read_findings(doctor::findings_json({{"a", Level::ok, "\xff"}})));
  CHECK(doctor::read_findings(doctor::error_json("no such user")).error() == "no such user");
  CHECK_FALSE(doctor::read_findings(""));
  CHECK_FALSE(doctor::read_findings(doctor::findings_json(findings).substr(0, 30)));
}

TEST_CASE("the exit code is the worst finding's") {
  CHECK(doctor::exit_code({}) == 0);
  CHECK(doctor::exit_code({{"a", Level::ok, ""}, {"b", Level::warning, ""}}) == 1);
  CHECK(doctor::exit_code({{"a", Level::error, ""}, {"b", Level::warning, ""}}) == 2);
}

TEST_CASE("text is a line a finding, without what acts on a terminal") {
  const std::vector<Finding> findings{{"a", Level::ok, "good"},
                                      {"b", Level::warning, "x\x1b[2J", "do y"}};
  CHECK(
      doctor::as_text(findings, false) ==
      "WARNING: 0 errors, 1 warning, 1 ok\nok       a: good\nwarning  b: x\\x1b[2J (try: do y)\n");
  CHECK(doctor::as_text(findings, true) ==
        "WARNING: 0 errors, 1 warning, 1 ok\nwarning  b: x\\x1b[2J (try: do y)\n");
}

TEST_CASE("many logins from one private address, and from no other, are a proxy's") {
  CHECK(doctor::judge_addresses({}).good.empty());
  CHECK(doctor::judge_addresses({{"10.0.0.1", 9}}).faults.empty());
  CHECK(doctor::judge_addresses({{"10.0.0.1", 10}}).faults.size() == 1);
  CHECK(doctor::judge_addresses({{"", 10}}).faults.size() == 1);
  CHECK(doctor::judge_addresses({{"192.0.2.1", 10}}).faults.size() == 1);
  CHECK(doctor::judge_addresses({{"84.46.0.17", 10}}).faults.empty());
  CHECK(doctor::judge_addresses({{"10.0.0.1", 10}, {"84.46.0.17", 1}}).faults.empty());
}

TEST_CASE("failed questions are an error until a login is decided in a later second") {
  const badclients::facts::Time noon{1'795'300'324s};
  const auto level = [](const doctor::PolicyErrors& errors) {
    return doctor::judge_policy_errors(errors, false).faults.at(0).level;
  };
  CHECK(doctor::judge_policy_errors({}, false).faults.empty());
  CHECK(level({1, noon, "x", false, {}}) == Level::error);
  CHECK(level({1, noon, "x", true, noon - 1s}) == Level::error);
  CHECK(level({1, noon, "x", true, noon}) == Level::error);
  CHECK(level({1, noon, "x", true, noon + 1s}) == Level::warning);
  // Of a log without times.
  CHECK(level({1, {}, "x", false, {}}) == Level::error);
  CHECK(level({1, {}, "x", true, noon}) == Level::warning);
}

TEST_CASE("what Dovecot said is told short, and cannot act on a terminal") {
  const auto fault =
      doctor::judge_policy_errors({2, {}, "\x1b[2J" + std::string(5000, 'x'), false, {}}, true)
          .faults.at(0);
  CHECK(fault.text.find('\x1b') == std::string::npos);
  CHECK(fault.text.find("\\x1b[2Jxxx") != std::string::npos);
  CHECK(fault.text.size() < 600);
  CHECK(fault.text.find("refuses those users") != std::string::npos);
}
