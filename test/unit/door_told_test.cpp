#include "door/told.hpp"

#include "catch.hpp"

using namespace badclients;

TEST_CASE("a login is made of what was told, and an empty address is none") {
  config::Config config;
  config.general.disabled_services = {"pop3"};
  const auto login =
      door::make_login({"alice", "::ffff:52.97.246.245", "POP3", "app", "id", "boss"}, config)
          .value();
  CHECK(login.user == "alice");
  CHECK(login.address == net::Address::parse("52.97.246.245").value());
  CHECK(login.service == "POP3");
  CHECK(login.client_id == "app");
  CHECK(login.session == "id");
  CHECK(login.master == "boss");
  CHECK(login.scope.disabled);
  CHECK_FALSE(door::make_login({"alice", "", "imap", "", "", ""}, {})->address);
}

TEST_CASE("an address that is none is an error, and nothing for the log") {
  const door::Told told{"alice", "here", "imap", "", "", ""};
  CHECK_THAT(door::make_login(told, {}).error(), ContainsSubstring("'here'"));
  CHECK(door::login_for_log(told).user == "alice");
  CHECK_FALSE(door::login_for_log(told).address);
}
