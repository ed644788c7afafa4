#include "config/values.hpp"

#include "catch.hpp"

using namespace badclients::config;
using namespace std::chrono_literals;

namespace {

Read<std::chrono::milliseconds> up_to_a_day(std::string_view text) {
  return read_duration(text, 100ms, 24h);
}

std::string endpoint(std::string_view text) {
  const auto read = read_endpoint(text, 43);
  return read ? read->host + " " + std::to_string(read->port) : "error: " + read.error();
}

}  // namespace

TEST_CASE("a duration is a whole number with its unit") {
  CHECK(up_to_a_day("500ms").value() == 500ms);
  CHECK(up_to_a_day("5s").value() == 5s);
  CHECK(up_to_a_day("10m").value() == 10min);
  CHECK(up_to_a_day("24h").value() == 24h);
  CHECK(up_to_a_day("1d").value() == 24h);
}

TEST_CASE("what is no duration is refused with an example") {
  CHECK(up_to_a_day("5 parsecs").error() ==
        "'5 parsecs' is not a duration (try 5s; the units are ms s m h d)");
  CHECK_THAT(up_to_a_day("30").error(), ContainsSubstring("try 30s"));
  for (const auto* text : {"", "s", "-5s", "1.5s", "5S", "5s5", "0x5s", " 5s"}) {
    INFO(text);
    CHECK_THAT(up_to_a_day(text).error(), ContainsSubstring("is not a duration"));
  }
}

TEST_CASE("a duration outside its bounds is refused, however large the number") {
  CHECK(up_to_a_day("99ms").error() == "'99ms' is out of range (100ms to 1d)");
  for (const auto* text : {"0s", "25h", "2d", "9223372036854775807d", "99999999999999999999s"}) {
    INFO(text);
    CHECK_THAT(up_to_a_day(text).error(), ContainsSubstring("is out of range"));
  }
}

TEST_CASE("booleans are read in any case") {
  for (const auto* text : {"yes", "YES", "True", "on", "1"}) CHECK(read_boolean(text).value());
  for (const auto* text : {"no", "No", "FALSE", "off", "0"}) CHECK(!read_boolean(text).value());
  for (const auto* text : {"", "y", "2", "yes no"}) CHECK_FALSE(read_boolean(text));
}

TEST_CASE("an endpoint is a host with or without a port") {
  CHECK(endpoint("whois.ripe.net") == "whois.ripe.net 43");
  CHECK(endpoint("localhost:4343") == "localhost 4343");
  CHECK(endpoint("127.0.0.1:53") == "127.0.0.1 53");
  CHECK(endpoint("[::1]:53") == "::1 53");
  CHECK(endpoint("[2001:db8::1]") == "2001:db8::1 43");
  CHECK(endpoint("2001:db8::1") == "2001:db8::1 43");
  CHECK(endpoint("fe80::1%eth0") == "fe80::1%eth0 43");
}

TEST_CASE("what is no endpoint is refused") {
  for (const auto* text : {"", ":43", "host:", "host:0", "host:65536", "host:-1", "host:43x",
                           "[::1", "[::1]53", "[127.0.0.1]:53", "[host]:53", "::1::2", "a b",
                           "a..b", "-?", "1.2.3.400", "1.2.3", "whois://whois.ripe.net"}) {
    INFO(text);
    CHECK_THAT(endpoint(text), ContainsSubstring("error: "));
  }
}

TEST_CASE("a zone is a domain name that leaves room for an IPv6 address before it") {
  CHECK(read_zone("origin6.asn.cymru.com.").value() == "origin6.asn.cymru.com");
  std::string name;
  for (int i = 0; i < 19; ++i) name += "012345678.";
  name.pop_back();
  REQUIRE(name.size() == 189);
  CHECK(read_zone(name));
  CHECK_FALSE(read_zone("x" + name));
  for (const auto* text : {"", ".", "a..b", "a b", "a/b", ".a"}) CHECK_FALSE(read_zone(text));
  CHECK_FALSE(read_zone(std::string(64, 'a') + ".example"));
}

TEST_CASE("a base URL gets a slash at its end") {
  CHECK(read_base_url("https://rdap.arin.net/registry").value() ==
        "https://rdap.arin.net/registry/");
  CHECK(read_base_url("http://[::1]:8080/").value() == "http://[::1]:8080/");
  for (const auto* text :
       {"", "rdap.arin.net", "ftp://a/", "https://", "https:///x", "https://a b/", "https://a/?q",
        "https://u@a/", "https://::1/", "https://a:0/"}) {
    INFO(text);
    CHECK_FALSE(read_base_url(text));
  }
}

TEST_CASE("a shared cache is a Redis server or a socket") {
  for (const auto* text : {"redis://127.0.0.1:6379", "redis://[::1]:6379/2", "redis://cache:1/",
                           "unix:/run/redis/redis.sock"}) {
    INFO(text);
    CHECK(read_shared_cache(text).value() == text);
  }
  CHECK(read_shared_cache("none").value().empty());
  for (const auto* text : {"redis:127.0.0.1:6379", "redis://127.0.0.1", "redis://h:1/x",
                           "unix:redis.sock", "http://h:1/"}) {
    INFO(text);
    CHECK_FALSE(read_shared_cache(text));
  }
}

TEST_CASE("a quoted value is short and printable whatever it was") {
  CHECK(quote("a\tb\x1b[31m") == "'a?b?[31m'");
  CHECK(quote("http://user:secret@192.0.2.1/") == "'http://user:***@192.0.2.1/'");
  CHECK(quote("shared redis://:s@cret@host:1") == "'shared redis://:***@host:1'");
  CHECK(quote("user:secret@host") == "'user:***@host'");
  CHECK(quote("http:/user:" + std::string(200, 's') + "@host") == "'http:***@host'");
  CHECK(without_password("redis://user:secret@host:1/") == "redis://user:***@host:1/");
  CHECK(without_password("Please ask: help@example.org") == "Please ask: help@example.org");
  CHECK(quote(std::string(200, 'x')) == "'" + std::string(80, 'x') + "...'");
}
