#include "admin/doveconf.hpp"

#include "catch.hpp"

using namespace badclients;

TEST_CASE("what doveconf prints is read block by block") {
  const auto all = admin::read_dovecot_block(
      "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"
      "protocols = \" imap lmtp\"\n"
      "passdb {\n  driver = pam\n}\n"
      "passdb {\n  args = /usr/bin/badclients --config /x\n  driver = checkpassword\n}\n"
      "service auth {\n  unix_listener auth-client {\n    mode = 0666\n  }\n  user = $x\n}\n");
  CHECK(all.text("protocols") == " imap lmtp");
  REQUIRE(all.blocks.size() == 3);
  CHECK(all.blocks[1].text("args") == "/usr/bin/badclients --config /x");
  const auto paths = admin::settings_by_path(all);
  CHECK(paths.at("service/auth/user") == "$x");
  CHECK(paths.at("service/auth/unix_listener/auth-client/mode") == "0666");
}

TEST_CASE("Dovecot 2.4's block of the policy server is read as 2.3's settings") {
  const auto printed = admin::settings_by_path(
      admin::read_dovecot_block("auth_policy {\n  server_url = http://x/\n  http_client_x = 7s\n"
                                "  request_attributes {\n    pwhash = \n  }\n}\n"));
  const auto written = admin::settings_by_path(
      admin::read_dovecot_block("auth_policy_server_url = http://x/\nauth_policy {\n"
                                "  http_client_x = 7s\n}\n"
                                "auth_policy_request_attributes {\n  pwhash =\n}\n"));
  CHECK(printed == written);
}

TEST_CASE("comments and includes of a Dovecot file are no settings") {
  const auto all = admin::read_dovecot_block(
      "#port = 1\n!include_try /etc/x = y\n  process_limit = 200   # not 100\n"
      "auth_policy_hash_nonce = # hidden, use -P to show it\n");
  CHECK(all.settings.size() == 2);
  CHECK(all.text("process_limit") == "200");
  CHECK(all.text("auth_policy_hash_nonce") == "# hidden, use -P to show it");
}

TEST_CASE("a block that nobody opened or closed does no harm") {
  const auto all = admin::read_dovecot_block("}\n}\na = 1\nx {\nb = 2");
  CHECK(all.text("a") == "1");
  REQUIRE(all.blocks.size() == 1);
  CHECK(all.blocks[0].text("b") == "2");
}

TEST_CASE("a program that is nowhere is not found") {
  CHECK(admin::find_program("sh").ends_with("/sh"));
  CHECK(admin::find_program("no-such-program-here").empty());
  CHECK_FALSE(admin::ask_program("no-such-program-here", {}));
}

TEST_CASE("Dovecot's sizes are read as it prints them") {
  CHECK(admin::read_size("256 M") == 256U << 20U);
  CHECK(admin::read_size("256M") == 256U << 20U);
  CHECK(admin::read_size("64 k") == 64U << 10U);
  CHECK(admin::read_size("12") == 12U);
  CHECK(admin::read_size("18446744073709551615 B") == UINT64_MAX);
  CHECK(admin::read_size("18446744073709551615 G") == UINT64_MAX);
  CHECK_FALSE(admin::read_size("much"));
}

TEST_CASE("a door's service has its own limit of address space, or the default, or none") {
  const std::string policy =
      "service doorkeeper {\n  executable = script -p /x/badclients-policy\n";
  const auto limit = [&](const std::string& own, const std::string& whole) {
    const auto found =
        admin::door_services(admin::read_dovecot_block(policy + own + "}\n" + whole));
    REQUIRE(found.size() == 1);
    CHECK(found.front().name == "doorkeeper");
    return found.front().address_space;
  };
  CHECK(limit("", "") == 256U << 20U);
  CHECK(limit("", "default_vsz_limit = 1 G\n") == 1U << 30U);
  CHECK(limit("", "default_vsz_limit = 0\n") == std::nullopt);
  CHECK(limit("vsz_limit = 8 M\n", "default_vsz_limit = 1 G\n") == 8U << 20U);
  CHECK(limit("vsz_limit = 18446744073709551615 B\n", "") == 256U << 20U);
}

TEST_CASE("the services that run badclients are those of its doors") {
  const auto names = [](std::string_view configuration) {
    std::string all;
    for (const auto& each : admin::door_services(admin::read_dovecot_block(configuration))) {
      all += each.name + " ";
    }
    return all;
  };
  const std::string passdb =
      "passdb {\n  driver = checkpassword\n  args = /usr/bin/badclients\n}\n";
  CHECK(names("passdb {\n  driver = pam\n}\nservice auth {\n  vsz_limit = 1 G\n}\n").empty());
  CHECK(names(passdb + passdb) == "auth ");
  CHECK(
      names(passdb + "service badclients {\n  executable = script -p /x/badclients-policy\n}\n") ==
      "auth badclients ");
}
