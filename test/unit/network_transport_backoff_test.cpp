#include "network/transport/backoff.hpp"

#include <atomic>

#include "catch.hpp"
#include "loopback.hpp"
#include "network/questions/origin.hpp"
#include "network/questions/registration.hpp"
#include "notebook.hpp"
#include "places.hpp"
#include "website.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using namespace std::chrono_literals;
using budget::ServerName;
using config::Service;
using Endpoint = config::Config::Endpoint;

namespace {

/// One WHOIS server for all registries, and what is said about permits.
struct World {
  std::string answer;
  std::atomic<unsigned> questions = 0;
  TcpServer whois{[this](const base::Descriptor& connection) {
    (void)read_line(connection);
    ++questions;
    (void)send_all(connection, answer, plenty());
  }};
  config::Config config;
  Resolver resolver{{nobody()}};
  Notebook permits;

  explicit World(std::string said = "") : answer(std::move(said)) {
    const Endpoint here{whois.server().address.str(), whois.server().port};
    // ARIN's and the RIPE NCC's have to differ from the others, or none could be told apart.
    config.whois = {here, here, here, here, here, here, here};
    config.lookup.registration = {config::RegistrationSource::whois};
  }
  QueryContext context(const Https* https = nullptr) {
    return {config, resolver, plenty(), &permits, nullptr, https};
  }
  Outcome<facts::Registration> ask(std::optional<Registry> registry, const Https* https = nullptr) {
    return ask_registration(context(https), address("192.0.2.1"), registry);
  }
  [[nodiscard]] std::string name() const { return whois.server().str(); }
};

const std::string inetnum = "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: NET\n";
const ServerName ripe{Service::whois, "ripencc"}, lacnic{Service::whois, "lacnic"};

}  // namespace

TEST_CASE("each server has one name under which its questions are counted") {
  config::Config::Rdap rdap;
  const auto named = [&](const char* url) {
    return counted_as(rdap, Url::parse(url).value()).name;
  };
  CHECK(named("https://rdap.lacnic.net/rdap/ip/200.3.14.10") == "lacnic");
  CHECK(named("https://rdap.lacnic.net/elsewhere") == "lacnic");
  CHECK(named("https://RDAP.db.ripe.net/ip/192.0.2.1") == "ripencc");
  CHECK(named("https://rdap.registro.br/ip/200.3.14.10") == "rdap.registro.br:443");
  CHECK(named("https://rdap.lacnic.net:8443/rdap/") == "rdap.lacnic.net:8443");
  rdap.arin = "https://one.example/arin/";
  rdap.apnic = "https://one.example/apnic/";
  CHECK(named("https://one.example/apnic/ip/192.0.2.1") == "apnic");
  CHECK(named("https://one.example/ip/192.0.2.1") == "arin");
  CHECK(counted_as(Endpoint{"arin", 43}).name == "arin:43");
  CHECK(counted_as(Endpoint{"2001:db8::1", 43}).name == "[2001:db8::1]:43");
  CHECK(counted_as(Registry::afrinic, Service::rdap) == ServerName{Service::rdap, "afrinic"});
}

TEST_CASE("before each question over WHOIS there is a permit, in the registry's name") {
  World world(inetnum);
  for (const auto registry : registries) {
    if (registry != Registry::ripencc) CHECK(world.ask(registry));
  }
  CHECK(world.permits.asked == std::vector<ServerName>{{Service::whois, "arin"},
                                                       {Service::whois, "apnic"},
                                                       {Service::whois, "lacnic"},
                                                       {Service::whois, "afrinic"}});
  world.permits.asked.clear();
  world.answer = "refer: whois.example.invalid\n\ninetnum: 192.0.0.0 - 192.255.255.255\n";
  CHECK_FALSE(world.ask(std::nullopt));
  CHECK(world.permits.asked ==
        std::vector<ServerName>{{Service::whois, "iana"},
                                {Service::whois, "whois.example.invalid:43"}});
}

TEST_CASE("without a permit a server is not asked, and the trouble says who and why") {
  World world(inetnum);
  world.permits.forbidden[lacnic] = 89'001ms;
  const auto outcome = world.ask(Registry::lacnic);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().text == world.name() + ": not asked: its budget is used up");
  CHECK(outcome.error().again == 90s);
  CHECK(world.questions == 0);
}

TEST_CASE("without anybody to ask, everything is permitted") {
  World world(inetnum);
  auto context = world.context();
  context.permits = nullptr;
  CHECK(ask_registration_by_whois(context, address("192.0.2.1"), Registry::lacnic));
}

TEST_CASE("a name that no server can have is not asked") {
  World world;
  const auto no = refused(world.context(), {Service::whois, "not a host:43"}, "not a host");
  REQUIRE(no);
  CHECK(world.permits.asked.empty());
}

TEST_CASE("a stranger's server that may not be asked leaves what the registry said") {
  World world(
      "NetRange: 192.0.0.0 - 192.255.255.255\nNetName: NET192\n"
      "ReferralServer: whois://other.example\n");
  world.permits.forbidden[{Service::whois, "other.example:43"}] = 60s;
  const auto outcome = world.ask(Registry::arin);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "NET192");
}

TEST_CASE("a registry's words for too much close it, for as long as is known of them") {
  const auto said = [](const std::string& answer, Registry registry) {
    World world(answer);
    if (registry == Registry::ripencc) world.config.whois.arin = {"127.0.0.1", 9};
    const auto outcome = world.ask(registry);
    REQUIRE_FALSE(outcome);
    REQUIRE(world.permits.closed.size() == 1);
    const auto& [server, closing] = *world.permits.closed.begin();
    CHECK(server == counted_as(registry, Service::whois));
    CHECK(outcome.error().again == closing.first);
    CHECK(outcome.error().text == world.name() + ": not now: " + closing.second);
    return closing;
  };
  using Closing = std::pair<std::chrono::seconds, std::string>;
  CHECK(
      said("%ERROR:201: access denied for 192.0.2.9\n%\n% Queries from your IP address have passed"
           " the daily limit of controlled objects.\n",
           Registry::ripencc) == Closing{24h, "'%ERROR:201: access denied for 192.0.2.9'"});
  CHECK(said("%ERROR:201: access control limit reached for 192.0.2.9\n", Registry::apnic).first ==
        24h);
  CHECK(said("% This is the AfriNIC Whois server.\n\n%ERROR:202: access control limit\n",
             Registry::afrinic)
            .first == 24h);
  CHECK(said("%ERROR:306: connections exceeded\n", Registry::ripencc).first == 5min);
  CHECK(said("% LACNIC resource: whois.lacnic.net\n\n% Query rate limit exceeded\n",
             Registry::lacnic) == Closing{5min, "'% Query rate limit exceeded'"});
  CHECK(said("% Query rate limit exceeded. Reduced information.\n\n" + inetnum, Registry::lacnic)
            .first == 5min);
  CHECK(said("% Permission denied.\n", Registry::lacnic).first == 24h);
  CHECK(said("#ERROR: number of queries exceeded\n", Registry::arin).first == 5min);
  CHECK(said("ERROR: Too many connections, try again later\n", Registry::arin).first == 5min);
}

TEST_CASE("an answer that is none of those closes nothing") {
  for (const auto* answer :
       {"%ERROR:101: no entries found\n", "nonsense\n", "", "inetnum: 10.0.0.0/8\nnetname: X\n"}) {
    World world(answer);
    (void)world.ask(Registry::lacnic);
    CHECK(world.permits.asked.size() == 1);
    CHECK(world.permits.closed.empty());
  }
}

TEST_CASE("Cymru's WHOIS has a budget, too") {
  World world(
      "AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name\n"
      "64500 | 192.0.2.1 | 192.0.2.0/24 | NL | ripencc | 2004-02-02 | NET\n");
  world.config.lookup.origin = {config::OriginSource::whois};
  CHECK(ask_origin(world.context(), address("192.0.2.1")));
  const ServerName cymru{Service::whois, "cymru"};
  CHECK(world.permits.asked == std::vector{cymru});
  world.permits.forbidden[cymru] = 7s;
  const auto outcome = ask_origin(world.context(), address("192.0.2.1"));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().again == 7s);
  CHECK(ask_as_description(world.context(), 64500).error().again == 7s);
  CHECK(world.questions == 1);
}

TEST_CASE("every form of too much over RDAP closes the server, and WHOIS takes over") {
  if (!Website::available()) {
    WARN("skipped: no nginx here");
    return;
  }
  const Website site(
      {{"/apnic/ip/192.0.2.1", R"({"notices":[{"title":"Rate Limit Notice"}]})"}},
      "location /arin/ { return 429 '{}'; add_header Retry-After 120 always; }\n"
      "location /lacnic/ { return 503; add_header Retry-After 'Fri, 31 Dec 2100 23:59:59 GMT' "
      "always;"
      " }\n"
      "location /afrinic/ { return 429; }\n"
      "location /apnic2/ { return 200 '{\"errorCode\":429,\"title\":\"Slow down\"}'; }\n"
      "location /plain/ { return 503; }\n"
      "location /past/ { return 429; add_header Retry-After 'Fri, 31 Dec 1999 23:59:59 GMT' "
      "always; }\n"
      "location /silly/ { return 429; add_header Retry-After soon always; }\n"
      "location /long/ { return 429; add_header Retry-After 99999999999999999999 always; }\n");
  const Https https(site.ca_file());
  const auto closing = [&](const std::string& folder) {
    World world(inetnum);
    world.config.lookup.registration = {config::RegistrationSource::rdap,
                                        config::RegistrationSource::whois};
    world.config.rdap.lacnic = site.url() + folder;
    const auto outcome = world.ask(Registry::lacnic, &https);
    REQUIRE(outcome);
    CHECK(outcome->value.name == "NET");
    REQUIRE(world.permits.closed.size() == 1);
    CHECK(world.permits.closed.begin()->first == ServerName{Service::rdap, "lacnic"});
    CHECK(world.permits.asked.back() == lacnic);
    return world.permits.closed.begin()->second;
  };
  using Closing = std::pair<std::chrono::seconds, std::string>;
  CHECK(closing("arin/") == Closing{120s, "HTTP status 429, try again in 120 s"});
  CHECK(closing("lacnic/").first == 24h);
  CHECK((closing("lacnic/").second).starts_with("HTTP status 503, try again in "));
  CHECK(closing("afrinic/") == Closing{5min, "HTTP status 429"});
  CHECK(closing("apnic/") == Closing{5min, "'Rate Limit Notice'"});
  CHECK_THAT(closing("apnic2/").second, ContainsSubstring("errorCode 429: Slow down"));
  CHECK(closing("plain/") == Closing{1min, "HTTP status 503"});
  CHECK(closing("past/").first == 5min);
  CHECK(closing("silly/").first == 5min);
  CHECK(closing("long/").first <= 24h);
}

TEST_CASE("each step of a redirect needs a permit of its own") {
  if (!Website::available()) {
    WARN("skipped: no nginx here");
    return;
  }
  const Website site({},
                     "location /arin/ { return 302 https://rdap.lacnic.net/rdap/ip/192.0.2.1; }\n");
  const Https https(site.ca_file());
  World world;
  world.config.lookup.registration = {config::RegistrationSource::rdap};
  world.config.rdap.arin = site.url() + "arin/";
  world.config.rdap.lacnic = site.url() + "lacnic/";
  world.permits.forbidden[{Service::rdap, "lacnic"}] = 3s;
  const auto outcome = world.ask(std::nullopt, &https);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().again == 3s);
  CHECK(world.permits.asked ==
        std::vector<ServerName>{{Service::rdap, "arin"}, {Service::rdap, "lacnic"}});
}

TEST_CASE("of two sources that are both refused, the first that opens counts") {
  World world(inetnum);
  world.config.lookup.registration = {config::RegistrationSource::rdap,
                                      config::RegistrationSource::whois};
  world.permits.forbidden[{Service::rdap, "lacnic"}] = 3s;
  world.permits.forbidden[lacnic] = 60s;
  CHECK(world.ask(Registry::lacnic).error().again == 3s);
  world.permits.forbidden[{Service::rdap, "lacnic"}] = 300s;
  CHECK(world.ask(Registry::lacnic).error().again == 60s);
  world.permits.forbidden.erase(lacnic);
  CHECK(world.ask(Registry::lacnic));
}
