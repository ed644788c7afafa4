#include "network/transport/whois.hpp"

#include "catch.hpp"
#include "loopback.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using namespace std::string_literals;
using Endpoint = config::Config::Endpoint;

namespace {

Endpoint endpoint(const Server& server) {
  return {server.address.str(), server.port};
}

/// Sends `text` and whatever else `then` does, once the question has come.
TcpServer answering(std::string text) {
  return TcpServer([text = std::move(text)](const base::Descriptor& connection) {
    if (!read_line(connection).empty()) (void)send_all(connection, text, plenty());
  });
}

tl::expected<WhoisAnswer, std::string> query(
    const Endpoint& server, base::Deadline deadline = plenty(),
    AddressPolicy address_policy = AddressPolicy::anywhere) {
  const config::Config config;
  const Resolver resolver({nobody()});
  return ask_whois({config, resolver, deadline}, server, "-r 192.0.2.1", address_policy);
}

std::string trouble(const Endpoint& server, base::Deadline deadline = plenty(),
                    AddressPolicy address_policy = AddressPolicy::anywhere) {
  const auto answer = query(server, deadline, address_policy);
  return answer ? "none" : answer.error();
}

}  // namespace

TEST_CASE("a WHOIS server gets one line and answers until it closes") {
  std::string asked;
  const TcpServer server([&](const base::Descriptor& connection) {
    asked = read_line(connection);
    for (const auto* part : {"inetnum: 192.0.2.0", "/24\r\n", "netname: TEST\r\n"}) {
      (void)send_all(connection, part, plenty());
    }
  });
  const auto answer = query(endpoint(server.server()));
  REQUIRE(answer);
  CHECK(asked == "-r 192.0.2.1\r\n");
  CHECK(answer->text == "inetnum: 192.0.2.0/24\r\nnetname: TEST\r\n");
  CHECK(answer->server == address("127.0.0.1"));
}

TEST_CASE("every failure of a WHOIS server names it") {
  const auto name = [](const Server& server) { return server.str() + ": "; };
  const auto down = nobody();
  CHECK(trouble(endpoint(down)) == name(down) + "connection refused");

  const auto empty = answering("");
  CHECK(trouble(endpoint(empty.server())) == name(empty.server()) + "an empty answer");
  const auto blank = answering("\r\n \r\n");
  CHECK(trouble(endpoint(blank.server())) == name(blank.server()) + "an empty answer");
  const auto binary = answering("inetnum: 192.0.2.0/24\0\1\2"s);
  CHECK(trouble(endpoint(binary.server())) == name(binary.server()) + "a binary answer");

  const TcpServer endless([](const base::Descriptor& connection) {
    (void)read_line(connection);
    const std::string line(8192, '%');
    while (send_all(connection, line, plenty())) {
    }
  });
  CHECK(trouble(endpoint(endless.server())) ==
        name(endless.server()) + "an answer longer than 1 MiB");

  const TcpServer silent([](const base::Descriptor& connection) { wait_for_close(connection); });
  CHECK(trouble(endpoint(silent.server()), soon()) == name(silent.server()) + "no answer in time");

  const TcpServer unfinished([](const base::Descriptor& connection) {
    (void)send_all(connection, "inetnum: 192.0.2.0/24\r\n", plenty());
    wait_for_close(connection);
  });
  CHECK(trouble(endpoint(unfinished.server()), soon()) ==
        name(unfinished.server()) + "no answer in time");
}

TEST_CASE("a server that a stranger names is not asked at a special-purpose address") {
  const auto server = answering("inetnum: 192.0.2.0/24\n");
  CHECK_THAT(trouble(endpoint(server.server()), plenty(), AddressPolicy::public_only),
             ContainsSubstring("not asked, for its address 127.0.0.1 is special-purpose"));
  CHECK(query(endpoint(server.server())));
}

TEST_CASE("a WHOIS server's name is looked up with our own resolver") {
  if (!Nsd::available()) {
    WARN("skipped: no NSD here");
    return;
  }
  const Nsd nsd(Nsd::Zones{
      {"example.test", "whois A 127.0.0.1\nv6 AAAA ::1\nbare TXT x\nboth A 127.0.0.1\n"}});
  const auto server = answering("inetnum: 192.0.2.0/24\n");
  const config::Config config;
  const Resolver resolver({nsd.server()});
  const auto ask_by_name = [&](const std::string& host) {
    return ask_whois({config, resolver, plenty()}, {host, server.server().port}, "192.0.2.1",
                     AddressPolicy::anywhere);
  };
  CHECK(ask_by_name("whois.example.test"));
  CHECK_THAT(ask_by_name("v6.example.test").error(), ContainsSubstring("v6.example.test:"));
  CHECK_THAT(ask_by_name("bare.example.test").error(), ContainsSubstring("has no address"));
  CHECK_THAT(ask_by_name("whois.example.org").error(), ContainsSubstring("REFUSED"));
}

TEST_CASE("a WHOIS server is shown with its port where that is unusual") {
  CHECK(whois_name({"whois.ripe.net", 43}) == "whois.ripe.net");
  CHECK(whois_name({"127.0.0.1", 4343}) == "127.0.0.1:4343");
  CHECK(whois_name({"2001:db8::1", 4343}) == "[2001:db8::1]:4343");
  CHECK(whois_name({"2001:db8::1", 43}) == "2001:db8::1");
}
