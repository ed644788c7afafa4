#include "admin/setup/template.hpp"

#include "admin/doveconf.hpp"
#include "admin/setup/dovecot.hpp"
#include "catch.hpp"
#include "config/config.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using admin::setup::block_of;
using admin::setup::fill;
using admin::setup::read_version;
using admin::setup::Version;

TEST_CASE("values take the place of a template's, and nothing else changes") {
  const auto filled =
      fill("# head\n# of it\n\na = 1\n# port = 3\nservice x {\n  port = 4\n}\nb = 2\n",
           {{"port", "5"}, {"!b", "!include_try /x"}});
  REQUIRE(filled);
  CHECK(*filled == "a = 1\n# port = 3\nservice x {\n  port = 5\n}\n!include_try /x\n");
}

TEST_CASE("a template without a setting, or with two of them, is an error") {
  CHECK(fill("a = 1\n", {{"b", "2"}}).error() == "b stands there 0 times");
  CHECK(fill("b = 1\nb = 1\n", {{"b", "2"}}).error() == "b stands there 2 times");
}

TEST_CASE("the block of a template is the one that holds a line") {
  const std::string_view text =
      "passdb {\n  driver = pam\n}\n\npassdb {\n  driver = x\n  # y\n}\nz\n";
  CHECK(block_of(text, "passdb", "driver = x").value() == "passdb {\n  driver = x\n  # y\n}\n");
  CHECK_FALSE(block_of(text, "passdb", "driver = y"));
  CHECK_FALSE(block_of("passdb {\n  driver = x\n", "passdb", "driver = x"));
}

TEST_CASE("setup can fill in each example for the policy door") {
  for (const std::string version : {"2.3", "2.4"}) {
    INFO(version);
    const auto text = read_whole_file(BADCLIENTS_SOURCE_ROOT "/examples/dovecot-" + version +
                                      "/badclients-policy.conf");
    const auto filled = fill(text, {{"auth_policy_server_url", "http://127.0.0.1:5/"},
                                    {"auth_policy_hash_nonce", "n"},
                                    {"!auth_policy_server_api_header", "!include_try /secret"},
                                    {"executable", "script -p /x"},
                                    {"user", "somebody"},
                                    {"port", "5"},
                                    {version == "2.3" ? "auth_policy_server_timeout_msecs"
                                                      : "http_client_request_absolute_timeout",
                                     "9s"}});
    REQUIRE(filled);
    CHECK(filled->find("CHANGE-ME") == std::string::npos);
    CHECK(filled->find("4001") == std::string::npos);
    const auto settings = admin::settings_by_path(admin::read_dovecot_block(*filled));
    CHECK(settings.at("service/badclients/executable") == "script -p /x");
    CHECK(settings.at("service/badclients/process_limit") == "200");
    CHECK(settings.at("auth_policy_check_before_auth") == "no");
    CHECK_FALSE(settings.contains("auth_policy_server_api_header"));
  }
}

TEST_CASE("setup can name its secret in the example of the configuration") {
  const auto text = read_whole_file(BADCLIENTS_SOURCE_ROOT "/examples/bad_clients.conf.ext");
  const auto set = admin::setup::uncomment(text, ";secret_file =", "secret_file = /secret");
  REQUIRE(set);
  const TempFolder folder;
  const auto loaded = config::load(folder.write("bad_clients.conf.ext", *set));
  REQUIRE(loaded);
  CHECK(loaded->config.policy.secret_file == "/secret");
  CHECK(loaded->problems.empty());
  CHECK(admin::setup::uncomment("a\nb\n", "b", "c") == "a\nc\n");
  CHECK_FALSE(admin::setup::uncomment("a\nb\n", "c", "d"));
  CHECK_FALSE(admin::setup::uncomment("b\nb\n", "b", "c"));
}

TEST_CASE("Dovecot's version is read from what it says") {
  CHECK(read_version("2.3.19.1 (9b53102964)\n") == Version{2, 3, 19});
  CHECK(read_version("2.4.1-4 (7d8c0e5759)") == Version{2, 4, 1});
  CHECK(read_version("2.3.8") == Version{2, 3, 8});
  CHECK(Version{2, 3, 7} < Version{2, 3, 8});
  CHECK(Version{2, 3, 21} < Version{2, 4, 0});
  for (const auto* text : {"", "2", "2.3", "2.x.1", "dovecot 2.3.4", "2.3.rc1"}) {
    INFO(text);
    CHECK_FALSE(read_version(text));
  }
}

TEST_CASE("settings that another file overrules are named") {
  const std::string_view text =
      "auth_policy_server_url = http://a/\nimap_id_retain = yes\n"
      "auth_policy_check_after_auth = yes\nauth_policy_hash_nonce = n\n";
  admin::setup::Dovecot dovecot;
  dovecot.configuration = admin::read_dovecot_block(
      "auth_policy_server_url = http://b/\nauth_policy_hash_nonce = # hidden\n");
  CHECK(admin::setup::overruled(text, dovecot) == "auth_policy_server_url, imap_id_retain");
  dovecot.configuration = admin::read_dovecot_block(text);
  CHECK(admin::setup::overruled(text, dovecot).empty());
}
