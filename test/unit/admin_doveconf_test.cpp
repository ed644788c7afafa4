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
