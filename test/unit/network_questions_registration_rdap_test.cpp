#include <stdlib.h>

#include <atomic>

#include "catch.hpp"
#include "loopback.hpp"
#include "network/questions/registration.hpp"
#include "network/transport/fetch.hpp"
#include "notebook.hpp"
#include "places.hpp"
#include "website.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using config::RegistrationSource;

namespace {

constexpr auto asked = "192.0.2.1";

std::string network_json(const std::string& name) {
  return R"({"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255",)"
         R"("country":"NL","entities":[{"handle":"A-MNT"}],"name":")" +
         name + "\"}";
}

/// All five registries in five folders of one web site.
struct World {
  Website site;
  config::Config config;
  Https https;
  Resolver resolver{{nobody()}};
  Notebook permits;

  explicit World(const Website::Files& files, const std::string& locations = "")
      : site(files, locations), https(site.ca_file()) {
    config.rdap.arin = site.url() + "arin/";
    config.rdap.ripencc = site.url() + "ripe/";
    config.rdap.apnic = site.url() + "apnic/";
    config.rdap.lacnic = site.url() + "lacnic/";
    config.rdap.afrinic = site.url() + "afrinic/";
  }
  Outcome<facts::Registration> ask(std::optional<Registry> registry,
                                   base::Deadline deadline = plenty()) {
    return ask_registration_by_rdap({config, resolver, deadline, &permits, nullptr, &https},
                                    address(asked), registry);
  }
  std::string trouble(std::optional<Registry> registry, base::Deadline deadline = plenty()) {
    const auto outcome = ask(registry, deadline);
    return outcome ? "none" : outcome.error().text;
  }
};

bool no_nginx() {
  if (Website::available()) return false;
  WARN("skipped: no nginx here");
  return true;
}

/// A web server that answers anything with `answer`, without TLS.
TcpServer answering(std::string answer) {
  return TcpServer([answer = std::move(answer)](const base::Descriptor& connection) {
    for (auto line = read_line(connection); line.size() > 2; line = read_line(connection)) {
    }
    (void)send_all(connection, answer, plenty());
  });
}

}  // namespace

TEST_CASE("a registration is had over RDAP, with verified TLS") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  const auto outcome = world.ask(Registry::ripencc);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "RIPE-NET");
  CHECK(outcome->value.country == "NL");
  CHECK(outcome->value.entities == std::vector<std::string>{"A-MNT"});
  CHECK(outcome->source == world.site.server().str());
  CHECK(outcome->ttl == world.config.cache.ttl);
}

TEST_CASE("RDAP is asked by HTTP/2, for the right media type, and compressed") {
  if (no_nginx()) return;
  World world({}, "location /ripe/ { return 200 '" +
                      network_json("$server_protocol|$http_accept|$http_accept_encoding|"
                                   "$http_user_agent") +
                      "'; }\n");
  const auto name = world.ask(Registry::ripencc)->value.name;
  CHECK_THAT(name, ContainsSubstring("HTTP/2.0|application/rdap+json|"));
  CHECK_THAT(name, ContainsSubstring("gzip"));
  CHECK_THAT(name, ContainsSubstring("|badclients/"));
}

TEST_CASE("a server that cannot prove who it is is not believed") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  const Website other({});
  world.https = Https(other.ca_file());
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("certificate"));
}

TEST_CASE("an authority is found among many, and things that are none do no harm") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  const Website others[2] = {Website({}), Website({})};
  const TempFolder folder;
  const auto many = folder.write(
      "many.pem", "# comment\n" + read_whole_file(others[0].ca_file()) +
                      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
                      read_whole_file(world.site.ca_file()) + read_whole_file(others[1].ca_file()));
  world.https = Https(many);
  CHECK(world.ask(Registry::ripencc));
  world.https = Https(folder.write("none.pem", "hello\n"));
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("certificate"));
}

TEST_CASE("the system's authorities are trusted where no others are named") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  world.https = Https("");
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("certificate"));
}

TEST_CASE("certificates that cannot be read are the trouble of the question") {
  if (no_nginx()) return;
  World world({});
  world.https = Https("/nowhere/ca.pem");
  CHECK_THAT(world.trouble(Registry::arin),
             ContainsSubstring("certificates in /nowhere/ca.pem: no such file"));
}

TEST_CASE("a host's name is looked up with our own resolver, and checked against its certificate") {
  if (no_nginx()) return;
  if (!Nsd::available()) {
    WARN("skipped: no NSD here");
    return;
  }
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  const Nsd nsd(Nsd::Zones{
      {"example.test", "rdap A 127.0.0.1\nother A 127.0.0.1\nv6 AAAA ::1\nbare TXT x\n"}});
  world.resolver = Resolver({nsd.server()});
  const auto port = std::to_string(world.site.server().port);
  const auto at = [&](const std::string& host) {
    world.config.rdap.ripencc = "https://" + host + ".example.test:" + port + "/ripe/";
  };
  at("rdap");
  CHECK(world.ask(Registry::ripencc)->source == "rdap.example.test:" + port);
  at("other");
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("certificate"));
  at("v6");
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("connect"));
  at("bare");
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("has no address"));
}

TEST_CASE("a redirect to another registry leads to its configured server") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}},
              "location /arin/ { return 301 https://rdap.db.ripe.net/ip/192.0.2.1; }\n"
              "location /apnic/ { return 302 /lacnic/x; }\n"
              "location /lacnic/ { return 307 https://127.0.0.1:@PORT@/ripe/ip/192.0.2.1; }\n");
  CHECK(world.ask(Registry::arin)->value.name == "RIPE-NET");
  CHECK(world.ask({})->value.name == "RIPE-NET");  // ARIN is asked, and redirects
  CHECK(world.ask(Registry::apnic)->value.name == "RIPE-NET");
}

TEST_CASE("redirects in a circle, without end, to elsewhere and out of TLS are not followed") {
  if (no_nginx()) return;
  const auto http = answering("HTTP/1.1 200 OK\r\n\r\n" + network_json("PLAIN"));
  World world({{"/ripe/6", network_json("RIPE-NET")}},
              "location = /arin/ip/192.0.2.1 { return 301 /apnic/ip/192.0.2.1; }\n"
              "location = /apnic/ip/192.0.2.1 { return 301 /arin/ip/192.0.2.1; }\n"
              "location = /ripe/ip/192.0.2.1 { return 301 /ripe/1; }\n"
              "location = /ripe/1 { return 301 /ripe/2; }\n"
              "location = /ripe/2 { return 301 /ripe/3; }\n"
              "location = /ripe/3 { return 301 /ripe/4; }\n"
              "location = /ripe/4 { return 301 /ripe/5; }\n"
              "location = /ripe/5 { return 301 /ripe/6; }\n"
              "location = /lacnic/ip/192.0.2.1 { return 301 http://" +
                  http.server().str() +
                  "/; }\n"
                  "location = /afrinic/ip/192.0.2.1 { return 301 file:///etc/passwd; }\n");
  CHECK_THAT(world.trouble(Registry::arin), ContainsSubstring("a circle"));
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("too many redirects"));
  CHECK_THAT(world.trouble(Registry::lacnic), ContainsSubstring("from https to http"));
  CHECK_THAT(world.trouble(Registry::afrinic), ContainsSubstring("not a web page"));
}

TEST_CASE("a server that a stranger names is not asked at a special-purpose address over HTTP") {
  const auto server = answering("HTTP/1.1 200 OK\r\n\r\nhello");
  const config::Config config;
  const Resolver resolver({nobody()});
  const auto https = Https("");
  const auto url = Url::parse("http://" + server.server().str() + "/").value();
  const auto get = [&](AddressPolicy address_policy) {
    return fetch({config, resolver, plenty(), nullptr, nullptr, &https}, url, "text/plain",
                 address_policy);
  };
  CHECK_THAT(get(AddressPolicy::public_only).error(), ContainsSubstring("special-purpose"));
  REQUIRE(get(AddressPolicy::anywhere));
  CHECK(get(AddressPolicy::anywhere)->body == "hello");
  CHECK(get(AddressPolicy::anywhere)->next == AddressPolicy::anywhere);

  CHECK(policy_for_named(address("8.8.8.8")) == AddressPolicy::public_only);
  CHECK_FALSE(allows(AddressPolicy::public_only, address("64:ff9b::7f00:1")));
  CHECK(allows(AddressPolicy::public_only, address("8.8.8.8")));
}

TEST_CASE("status codes say whether there is nothing, or no answer for now") {
  if (no_nginx()) return;
  World world({{"/afrinic/ip/192.0.2.1", "hello"}},
              "location /arin/ { return 429 '{}'; add_header Retry-After 120 always; }\n"
              "location /apnic/ { return 503; }\n"
              "location /lacnic/ { return 500; }\n");
  const auto nothing = world.ask(Registry::ripencc);  // 404
  REQUIRE(nothing);
  CHECK(nothing->value == facts::Registration{});
  const auto server = world.site.server().str();
  CHECK(world.trouble(Registry::arin) == server + ": not now: HTTP status 429, try again in 120 s");
  CHECK(world.trouble(Registry::apnic) == server + ": not now: HTTP status 503");
  CHECK(world.trouble(Registry::lacnic) == server + ": HTTP status 500");
  CHECK_THAT(world.trouble(Registry::afrinic), ContainsSubstring(server + ": malformed JSON"));
}

TEST_CASE("an answer is bounded after it was unpacked") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", std::string(20'000'000, ' ')}});
  CHECK(world.trouble(Registry::ripencc) ==
        world.site.server().str() + ": an answer longer than 1 MiB");
}

TEST_CASE("web servers that are down, silent or talk rubbish are named") {
  if (no_nginx()) return;
  World world({});
  const auto at = [&](const Server& server) {
    world.config.rdap.arin = "http://" + server.str() + "/";
  };
  const auto down = nobody();
  at(down);
  CHECK_THAT(world.trouble(Registry::arin), ContainsSubstring(down.str() + ": "));
  const TcpServer silent([](const base::Descriptor& connection) { wait_for_close(connection); });
  at(silent.server());
  CHECK(world.trouble(Registry::arin, soon()) == silent.server().str() + ": no answer in time");
  const auto rubbish = answering("rubbish\r\n\r\n");
  at(rubbish.server());
  CHECK_THAT(world.trouble(Registry::arin), ContainsSubstring(rubbish.server().str() + ": "));
  const auto cut_short = answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}");
  at(cut_short.server());
  CHECK_THAT(world.trouble(Registry::arin), ContainsSubstring(cut_short.server().str() + ": "));
  const auto plain = answering("HTTP/1.1 200 OK\r\n\r\n" + network_json("PLAIN"));
  at(plain.server());
  CHECK(world.ask(Registry::arin)->value.name == "PLAIN");
}

TEST_CASE("the configured proxy is used, and none that the environment names") {
  if (no_nginx()) return;
  World world({{"/ripe/ip/192.0.2.1", network_json("RIPE-NET")}});
  const auto proxy = answering("HTTP/1.1 403 Forbidden\r\n\r\n");
  setenv("https_proxy", ("http://" + proxy.server().str() + "/").c_str(), 1);
  CHECK(world.ask(Registry::ripencc));
  unsetenv("https_proxy");

  world.config.rdap.proxy = "http://" + proxy.server().str() + "/";
  world.config.rdap.ripencc = "https://rdap.example.test/";
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("403"));
}

TEST_CASE("the sources of registrations are asked in their order, the next where one has failed") {
  if (no_nginx()) return;
  World world({{"/arin/ip/192.0.2.1", network_json("BY-RDAP")}});
  const TcpServer whois([](const base::Descriptor& connection) {
    (void)read_line(connection);
    (void)send_all(connection, "inetnum: 192.0.2.0/24\nnetname: BY-WHOIS\n", plenty());
  });
  world.config.whois.arin = world.config.whois.ripencc = {"127.0.0.1", whois.server().port};
  const auto ask = [&](Registry registry) {
    return ask_registration(
        {world.config, world.resolver, plenty(), nullptr, nullptr, &world.https}, address(asked),
        registry);
  };
  CHECK(ask(Registry::arin)->value.name == "BY-RDAP");
  world.config.rdap.arin = "http://" + nobody().str() + "/";
  CHECK(ask(Registry::arin)->value.name == "BY-WHOIS");
  world.config.lookup.registration = {RegistrationSource::whois, RegistrationSource::rdap};
  CHECK(ask(Registry::ripencc)->value.name == "BY-WHOIS");

  world.config.whois.arin = {"127.0.0.1", nobody().port};
  const auto failed = ask(Registry::arin);
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().text, ContainsSubstring("connection refused; "));
}

TEST_CASE("a silent RDAP server leaves time for WHOIS") {
  if (no_nginx()) return;
  World world({});
  const TcpServer silent([](const base::Descriptor& connection) { wait_for_close(connection); });
  world.config.rdap.arin = "http://" + silent.server().str() + "/";
  const TcpServer whois([](const base::Descriptor& connection) {
    (void)read_line(connection);
    (void)send_all(connection, "inetnum: 192.0.2.0/24\nnetname: BY-WHOIS\n", plenty());
  });
  world.config.whois.arin = {"127.0.0.1", whois.server().port};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const auto outcome =
      ask_registration({world.config, world.resolver, deadline, nullptr, nullptr, &world.https},
                       address(asked), Registry::arin);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "BY-WHOIS");
}

TEST_CASE("a refusal in words closes the server, whatever its HTTP status") {
  if (no_nginx()) return;
  World world({}, R"(
location /arin/ { return 403 '{"errorCode":403,"title":"Forbidden","description":["Query rate limit exceeded"]}'; }
location /ripe/ { return 422 '<html>\nToo many requests\n</html>'; }
location /apnic/ { return 403 '{"title":"Permission denied"}'; }
location /lacnic/ { return 403 '{"title":"Forbidden"}'; }
location /afrinic/ { return 400 'malformed query'; }
)");
  const auto server = world.site.server().str();
  const auto closed_for = [&](const char* registry) -> std::optional<std::chrono::seconds> {
    const auto found = world.permits.closed.find({config::Service::rdap, registry});
    return found == world.permits.closed.end() ? std::nullopt : std::optional(found->second.first);
  };
  CHECK(world.trouble(Registry::arin) ==
        server + ": not now: HTTP status 403: 'Query rate limit exceeded'");
  CHECK(closed_for("arin") == std::chrono::minutes(5));
  CHECK(world.trouble(Registry::ripencc) ==
        server + ": not now: HTTP status 422: 'Too many requests'");
  CHECK(closed_for("ripencc") == std::chrono::minutes(5));
  CHECK_THAT(world.trouble(Registry::apnic), ContainsSubstring("'Permission denied'"));
  CHECK(closed_for("apnic") == std::chrono::hours(24));
  CHECK(world.trouble(Registry::lacnic) == server + ": HTTP status 403");
  CHECK(world.trouble(Registry::afrinic) == server + ": HTTP status 400");
  CHECK_FALSE(closed_for("lacnic"));
  CHECK_FALSE(closed_for("afrinic"));
}

TEST_CASE("an RDAP answer that only names another registry is followed like a redirect") {
  if (no_nginx()) return;
  const std::string stub =
      R"({"objectClassName":"ip network","startAddress":"192.0.0.0","endAddress":"192.0.15.255",)"
      R"("name":"STUB-192","entities":[{"handle":"STUB-AP"}],"remarks":[{"description":)"
      R"(["Transferred to the RIPE region on 2020-12-08."]}]})";
  const std::string non =
      R"({"objectClassName":"ip network","startAddress":"192.0.0.0","endAddress":"192.0.15.255",)"
      R"("name":"NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK"})";
  World world({{"/apnic/ip/192.0.2.1", stub},
               {"/ripe/ip/192.0.2.1", network_json("RIPE-NET")},
               {"/afrinic/ip/192.0.2.1", non},
               {"/arin/ip/192.0.2.1", network_json("ARIN-NET")},
               {"/lacnic/ip/192.0.2.1", stub}});
  CHECK(world.ask(Registry::apnic)->value.name == "RIPE-NET");
  CHECK(world.ask(Registry::afrinic)->value.name == "ARIN-NET");
  world.config.rdap.ripencc = world.config.rdap.lacnic;
  CHECK_THAT(world.trouble(Registry::lacnic), ContainsSubstring("none of its own"));
}

namespace {

/// RDAP at the site, and WHOIS at a server of its own, for LACNIC.
struct BothWorld : World {
  std::string said;
  std::atomic<unsigned> questions = 0;
  TcpServer whois{[this](const base::Descriptor& connection) {
    (void)read_line(connection);
    ++questions;
    (void)send_all(connection, said, plenty());
  }};

  BothWorld(const std::string& rdap, std::string whois_says)
      : World(Website::Files{{"/lacnic/ip/192.0.2.1", rdap}}), said(std::move(whois_says)) {
    config.whois.lacnic = {"127.0.0.1", whois.server().port};
  }
  /// RDAP answers 404.
  explicit BothWorld(std::string whois_says)
      : World(Website::Files{{"/x", ""}}), said(std::move(whois_says)) {
    config.whois.lacnic = {"127.0.0.1", whois.server().port};
  }
  Outcome<facts::Registration> ask_both() {
    return ask_registration({config, resolver, plenty(), &permits, nullptr, &https}, address(asked),
                            Registry::lacnic);
  }
};

const std::string by_whois =
    "inetnum: 192.0.2/24\nowner: Somebody S.A.\nownerid: UY-SOME-LACNIC\ncountry: UY\n";

}  // namespace

TEST_CASE("WHOIS is asked before it is believed that nothing is registered") {
  if (no_nginx()) return;
  BothWorld knows(by_whois);
  CHECK(knows.ask_both()->value.name == "Somebody S.A.");

  BothWorld agrees("% Unallocated and unassigned in LACNIC block: 192.0.2.1\n");
  REQUIRE(agrees.ask_both());
  CHECK(agrees.ask_both()->value == facts::Registration{});

  BothWorld fails("% Permission denied.\n");
  const auto outcome = fails.ask_both();
  REQUIRE_FALSE(outcome);
  CHECK_THAT(outcome.error().text, ContainsSubstring("Permission denied"));
  CHECK_THAT(outcome.error().text, ContainsSubstring("knows of nothing"));

  fails.config.lookup.registration = {RegistrationSource::rdap};
  CHECK(fails.ask_both()->value == facts::Registration{});
}

TEST_CASE("what RDAP leaves out comes from WHOIS, where both are configured") {
  if (no_nginx()) return;
  const std::string nameless =
      R"({"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255",)"
      R"("entities":[{"handle":"UY-SOME-LACNIC"}]})";
  BothWorld world(nameless, by_whois);
  auto outcome = world.ask_both();
  REQUIRE(outcome);
  CHECK(outcome->value.name == "Somebody S.A.");
  CHECK(outcome->value.country == "UY");
  CHECK(outcome->value.entities == std::vector<std::string>{"UY-SOME-LACNIC"});
  CHECK(outcome->ttl == world.config.cache.ttl);

  // Without it, the answer serves as it is, for as long as a failure would.
  world.said = "query rate limit exceeded\n";
  outcome = world.ask_both();
  REQUIRE(outcome);
  CHECK(outcome->value.name.empty());
  CHECK(outcome->value.entities == std::vector<std::string>{"UY-SOME-LACNIC"});
  CHECK(outcome->ttl == world.config.cache.negative_ttl);

  // A complete answer asks nobody else, and neither does ARIN's, which has no country anywhere.
  const auto arins = [](const std::string& members) {
    return R"({"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255",)"
           R"("name":"NET",)" +
           members + "}";
  };
  for (const auto* members : {R"("country":"UY")", R"("entities":[{"handle":"ZG39-ARIN"}])"}) {
    BothWorld complete(arins(members), by_whois);
    CHECK(complete.ask_both()->value.name == "NET");
    CHECK(complete.questions == 0);
  }
}
