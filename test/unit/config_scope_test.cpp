#include "config/scope.hpp"

#include "catch.hpp"

using namespace badclients;

namespace {

facts::Scope scope(const char* address, const config::Config& config,
                   const std::string& service = "imap") {
  facts::Login login{"alice", service, std::nullopt, ""};
  if (*address != '\0') login.address = net::Address::parse(address).value();
  return config::scope_of(login, config);
}

config::Config ignoring(const char* network) {
  config::Config config;
  config.general.ignore_networks = {net::Network::parse(network).value()};
  return config;
}

}  // namespace

TEST_CASE("an ordinary login is in no scope", "[config]") {
  for (const auto* address : {"", "52.97.246.245", "2603:1006::1"}) {
    CAPTURE(address);
    const auto found = scope(address, ignoring("192.0.32.0/24"));
    CHECK_FALSE(found.disabled);
    CHECK_FALSE(found.special_purpose);
    CHECK_FALSE(found.ignored);
  }
}

TEST_CASE("a service is disabled in any case", "[config]") {
  config::Config config;
  config.general.disabled_services = {"pop3", "imap"};
  CHECK(scope("52.97.246.245", config, "IMAP").disabled);
  CHECK(scope("", config, "pop3").disabled);
  CHECK_FALSE(scope("52.97.246.245", config, "imaps").disabled);
  CHECK_FALSE(scope("52.97.246.245", config, "").disabled);
}

TEST_CASE("the address that counts is special, and the block has its name", "[config]") {
  CHECK(scope("10.1.2.3", {}).special_purpose == "Private-Use Networks");
  CHECK(scope("64:ff9b::10.1.2.3", {}).special_purpose == "Private-Use Networks");
}

TEST_CASE("a network is ignored that holds the address, or the one that it carries", "[config]") {
  for (const auto* network : {"192.0.32.0/24", "2002:c000:2001::/48"}) {
    CAPTURE(network);
    const auto found = scope("2002:c000:2001::1", ignoring(network));
    REQUIRE(found.ignored);
    CHECK(found.ignored->str() == network);
  }
  CHECK_FALSE(scope("2002:c000:2101::1", ignoring("192.0.32.0/24")).ignored);
}

TEST_CASE("of a special-purpose address the name alone is asked for", "[config]") {
  const facts::Wanted all{true, true, true, true, true, {"zen.example"}};
  for (const auto* address : {"192.168.1.1", "10.0.0.1", "fe80::1", "127.0.0.1"}) {
    CAPTURE(address);
    const auto names = scope(address, {}).narrowed(all);
    CHECK(names.reverse_names);
    CHECK(names.confirmed_names);
    CHECK_FALSE(names.origin);
    CHECK_FALSE(names.as_description);
    CHECK_FALSE(names.registration);
    CHECK(names.dnsbl_zones.empty());
  }
  CHECK(scope("52.97.246.245", {}).narrowed(all).dnsbl_zones.size() == 1);
}
