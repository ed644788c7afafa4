#include "checkpassword/environment.hpp"

#include <vector>

#include "catch.hpp"

using namespace badclients::checkpassword;

namespace {

Environment read(std::vector<const char*> variables) {
  variables.push_back(nullptr);
  return read_environment(variables.data());
}

}  // namespace

TEST_CASE("an empty environment says nothing") {
  const auto environment = read({});
  CHECK(environment.address.empty());
  CHECK(environment.service.empty());
  CHECK(environment.client_id.empty());
  CHECK_FALSE(environment.credentials_lookup);
  CHECK_FALSE(environment.log_service);
  CHECK_FALSE(make_login("alice", environment, {})->address);
}

TEST_CASE("what Dovecot says becomes the login") {
  const auto environment =
      read({"PROTO=TCP", "SERVICE=imap", "TCPREMOTEIP=52.97.246.245", "REMOTE_IP=192.0.2.9",
            "AUTH_CLIENT_ID=\"name\" \"Outlook\"", "AUTHORIZED=1", "LOG_SERVICE=1"});
  CHECK(environment.credentials_lookup);
  CHECK(environment.log_service);
  const auto login = make_login("alice", environment, {});
  REQUIRE(login);
  CHECK(login->user == "alice");
  CHECK(login->service == "imap");
  CHECK(login->client_id == "\"name\" \"Outlook\"");
  CHECK(login->address->str() == "52.97.246.245");
}

TEST_CASE("the session and the master user are those that Dovecot names") {
  const auto login =
      make_login("alice", read({"AUTH_SESSION=EvlKSSRhnp00Yfb1", "MASTER_USER=bob"}), {});
  CHECK(login->session == "EvlKSSRhnp00Yfb1");
  CHECK(login->master == "bob");
  CHECK(login_for_log("alice", read({"MASTER_USER=bob", "TCPREMOTEIP=x"})).master == "bob");
}

TEST_CASE("a credentials lookup without a mechanism is no login") {
  CHECK(read({"CREDENTIALS_LOOKUP=1", "AUTHORIZED=1"}).no_login);
  CHECK(read({"CREDENTIALS_LOOKUP=1", "AUTH_MECH="}).no_login);
  CHECK_FALSE(read({"CREDENTIALS_LOOKUP=1", "AUTH_MECH=CRAM-MD5"}).no_login);
  CHECK_FALSE(read({"AUTH_MECH="}).no_login);
  CHECK_FALSE(read({"CREDENTIALS_LOOKUP=", "AUTH_MECH="}).no_login);
}

TEST_CASE("Dovecot proxies where it says so, whatever it says") {
  for (const auto* variable : {"PROXY=y", "PROXY=", "PROXY_MAYBE=y", "PROXY=n"}) {
    CHECK(read({variable}).proxied);
  }
  CHECK_FALSE(read({"PROXY_TIMEOUT=5", "XPROXY=y", "HOST=192.0.2.1"}).proxied);
}

TEST_CASE("REMOTE_IP counts where TCPREMOTEIP is absent or empty") {
  CHECK(read({"REMOTE_IP=192.0.2.9"}).address == "192.0.2.9");
  CHECK(read({"TCPREMOTEIP=", "REMOTE_IP=192.0.2.9"}).address == "192.0.2.9");
  CHECK(read({"TCPREMOTEIP=", "REMOTE_IP="}).address.empty());
}

TEST_CASE("names are compared whole, and only 1 switches something on") {
  const auto environment = read({"XSERVICE=a", "SERVICES=b", "SERVICE", "AUTHORIZED=2",
                                 "LOG_SERVICE=", "SERVICE=imap", "SERVICE=pop3"});
  CHECK(environment.service == "imap");
  CHECK_FALSE(environment.credentials_lookup);
  CHECK_FALSE(environment.log_service);
}

TEST_CASE("an IPv4-mapped address is IPv4") {
  const auto login = make_login("a", read({"TCPREMOTEIP=::ffff:192.0.2.1"}), {});
  CHECK(login->address->str() == "192.0.2.1");
}

TEST_CASE("an address that is none is an error that quotes it") {
  const auto login = make_login("a", read({"TCPREMOTEIP=localhost"}), {});
  REQUIRE_FALSE(login);
  CHECK(login.error() == "TCPREMOTEIP in the environment: 'localhost' is not an IP address");
}

TEST_CASE("what an app says of itself is cut at 4096 bytes") {
  const auto text = "AUTH_CLIENT_ID=" + std::string(10'000, 'x');
  CHECK(read({text.c_str()}).client_id == std::string(4096, 'x'));
}
