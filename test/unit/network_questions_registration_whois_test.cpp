#include <mutex>

#include "catch.hpp"
#include "loopback.hpp"
#include "network/questions/registration.hpp"
#include "notebook.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using Endpoint = config::Config::Endpoint;

namespace {

Endpoint endpoint(const Server& server) {
  return {server.address.str(), server.port};
}

/// A WHOIS server that gives one answer to everything and remembers what it was asked.
class Whois {
 public:
  explicit Whois(std::string answer = "")
      : answer_(std::move(answer)), server_([this](const base::Descriptor& connection) {
          auto line = read_line(connection);
          std::string text;
          {
            const std::lock_guard lock(mutex_);
            asked_.push_back(line.substr(0, line.find('\r')));
            text = answer_;
          }
          (void)send_all(connection, text, plenty());
        }) {}

  void say(std::string answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] Endpoint endpoint() const { return ::endpoint(server_.server()); }
  [[nodiscard]] std::string name() const { return server_.server().str(); }

 private:
  mutable std::mutex mutex_;
  std::string answer_;
  std::vector<std::string> asked_;
  TcpServer server_;
};

const auto inetnum = [](const std::string& name) {
  return "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: " + name + "\ncountry: NL\nmnt-by: A-MNT\n";
};
const auto arin_network = [](const std::string& referral) {
  return "NetRange: 192.0.0.0 - 192.255.255.255\nNetName: NET192\nOrgId: ELSE\nReferralServer: " +
         referral + "\n";
};

/// A block that ARIN keeps.
std::string arin_block(const std::string& type) {
  return "NetRange: 192.0.0.0 - 192.255.255.255\nNetName: BLOCK\nNetType: " + type +
         "\nOrgId: SOME\n";
}

struct World {
  Whois arin, ripe, iana, stranger;
  config::Config config;

  World() {
    config.whois.arin = arin.endpoint();
    config.whois.ripencc = ripe.endpoint();
    config.whois.iana = iana.endpoint();
    config.whois.apnic = config.whois.lacnic = config.whois.afrinic = endpoint(nobody());
    config.lookup.registration = {config::RegistrationSource::whois};
  }
  Outcome<facts::Registration> ask(std::optional<Registry> registry,
                                   budget::Permits* permits = nullptr) {
    const Resolver resolver({nobody()});
    return ask_registration({config, resolver, plenty(), permits}, address("192.0.2.1"), registry);
  }
  std::string trouble(std::optional<Registry> registry) {
    const auto outcome = ask(registry);
    return outcome ? "none" : outcome.error().text;
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the registry of the origin is asked, in its own form") {
  World world;
  world.ripe.say(inetnum("RIPE-NET"));
  const auto outcome = world.ask(Registry::ripencc);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "RIPE-NET");
  CHECK(outcome->value.country == "NL");
  CHECK(outcome->value.entities == Lines{"A-MNT"});
  CHECK(outcome->source == world.ripe.name());
  CHECK(outcome->ttl == world.config.cache.ttl);
  CHECK(world.ripe.asked() == Lines{"-r 192.0.2.1"});
  CHECK(world.iana.asked().empty());

  world.arin.say("NetRange: 192.0.2.0 - 192.0.2.255\nNetName: ARIN-NET\n");
  CHECK(world.ask(Registry::arin)->value.name == "ARIN-NET");
  CHECK(world.arin.asked() == Lines{"n + 192.0.2.1"});
}

TEST_CASE("where no registry is known, IANA says which it is") {
  World world;
  world.iana.say("refer: whois.ripe.net\n\ninetnum: 192.0.0.0 - 192.255.255.255\n");
  world.ripe.say(inetnum("RIPE-NET"));
  CHECK(world.ask({})->value.name == "RIPE-NET");
  CHECK(world.iana.asked() == Lines{"192.0.2.1"});
  CHECK(world.ripe.asked() == Lines{"-r 192.0.2.1"});

  world.iana.say("inetnum: 192.0.0.0 - 192.255.255.255\nstatus: RESERVED\n");
  CHECK(world.ask({})->value == facts::Registration{});
  world.iana.say("hello\n");
  CHECK(world.trouble({}) == world.iana.name() + ": an answer without a network: 'hello'");
}

TEST_CASE("ARIN's referral to another registry is followed to the configured server") {
  World world;
  world.arin.say(arin_network("whois://whois.ripe.net"));
  world.ripe.say(inetnum("RIPE-NET"));
  CHECK(world.ask(Registry::arin)->value.name == "RIPE-NET");
  CHECK(world.ripe.asked() == Lines{"-r 192.0.2.1"});

  // What ARIN said was only that the network is RIPE's.
  world.ripe.say("%ERROR:201: access denied\n");
  CHECK(world.trouble(Registry::arin) ==
        world.ripe.name() + ": not now: '%ERROR:201: access denied'");
}

TEST_CASE("a referral to a server of the provider's own may know more, or be left alone") {
  World world;
  world.arin.say(arin_network("whois://" + world.stranger.name()));
  world.stranger.say(inetnum("FINER-NET"));
  CHECK(world.ask(Registry::arin)->value.name == "FINER-NET");
  CHECK(world.stranger.asked() == Lines{"192.0.2.1"});

  for (const auto* answer : {"", "nonsense\n", "No match found\n", "query rate limit exceeded\n",
                             "inetnum: 10.0.0.0/8\nnetname: OTHER\n"}) {
    world.stranger.say(answer);
    const auto outcome = world.ask(Registry::arin);
    REQUIRE(outcome);
    CHECK(outcome->value.name == "NET192");
    CHECK(outcome->source == world.arin.name());
    // What it would have said is asked for again as soon as after any failure.
    const auto& [ttl, negative_ttl] =
        std::pair(world.config.cache.ttl, world.config.cache.negative_ttl);
    CHECK(outcome->ttl == (std::string_view(answer) == "No match found\n" ? ttl : negative_ttl));
  }
}

TEST_CASE("a provider's server speaks for no more than the range that refers to it") {
  const auto spoken_for = [](const std::string& range, const std::string& said) {
    World world;
    world.arin.say((range.empty() ? "" : "NetRange: " + range + "\nNetName: CUSTOMER\n") +
                   "ReferralServer: whois://" + world.stranger.name() + "\n");
    world.stranger.say("inetnum: " + said + "\nnetname: FINER-NET\nmnt-by: A-MNT\n");
    const auto outcome = world.ask(Registry::arin);
    if (!outcome || outcome->value.name != "FINER-NET") return std::string("unknown");
    const auto& found = outcome->value.range;
    return found ? found->first.str() + " - " + found->second.str() : std::string("none");
  };
  const auto* const mine = "192.0.2.0 - 192.0.2.7";
  CHECK(spoken_for(mine, "192.0.2.0 - 192.0.2.255") == mine);
  CHECK(spoken_for(mine, "192.0.0.0 - 192.0.2.3") == "192.0.2.0 - 192.0.2.3");
  CHECK(spoken_for(mine, "192.0.2.1 - 192.0.2.1") == "192.0.2.1 - 192.0.2.1");
  CHECK(spoken_for("192.0.2.0 - 192.0.2.255", mine) == mine);

  // One that it refers to in turn speaks for no more than both.
  World world;
  Whois second;
  world.arin.say(std::string("NetRange: ") + mine +
                 "\nNetName: CUSTOMER\nReferralServer: whois://" + world.stranger.name() + "\n");
  world.stranger.say(inetnum("FINER") + "\nrefer: " + second.name() + "\n");
  second.say(inetnum("FINEST"));
  const auto outcome = world.ask(Registry::arin);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "FINEST");
  CHECK(outcome->value.range->second == address("192.0.2.7"));
}

TEST_CASE("a server that is named without a range speaks for the address alone") {
  World world;
  world.iana.say("refer: " + world.stranger.name() + "\n");
  world.stranger.say("inetnum: 192.0.0.0 - 192.0.255.255\nnetname: WIDE-NET\n");
  const auto outcome = world.ask(std::nullopt);
  REQUIRE(outcome);
  CHECK(outcome->value.name == "WIDE-NET");
  CHECK_FALSE(outcome->value.range);
}

TEST_CASE("referrals in a circle and without end are given up") {
  World world;
  world.arin.say(arin_network("whois://whois.ripe.net"));
  world.ripe.say(inetnum("RIPE-NET") + "\nrefer: whois.arin.net\n");
  CHECK(world.trouble(Registry::arin) ==
        world.ripe.name() + ": refers to " + world.arin.name() + ": a circle");
  CHECK(world.arin.asked().size() == 1);

  Whois second, third, fourth;
  world.arin.say(arin_network("whois://" + world.stranger.name()));
  world.stranger.say(arin_network("whois://" + second.name()));
  second.say(arin_network("whois://" + third.name()));
  third.say(inetnum("THIRD") + "\nrefer: " + fourth.name() + "\n");
  fourth.say(inetnum("FOURTH"));
  CHECK(world.ask(Registry::arin)->value.name == "THIRD");
  CHECK(fourth.asked().empty());

  // A server that refers to itself has said what it knows.
  world.ripe.say(inetnum("RIPE-NET") + "\nrefer: whois.ripe.net\n");
  CHECK(world.ask(Registry::ripencc)->value.name == "RIPE-NET");
}

TEST_CASE("a registry that says the network is not its own leads to IANA") {
  World world;
  world.ripe.say(
      "inetnum: 192.0.0.0 - 192.0.255.255\nnetname: NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK\n");
  world.iana.say("refer: whois.arin.net\n");
  world.arin.say("NetRange: 192.0.2.0 - 192.0.2.255\nNetName: ARIN-NET\n");
  CHECK(world.ask(Registry::ripencc)->value.name == "ARIN-NET");

  // IANA knows whole blocks; ARIN knows where the early registrations in them went.
  world.iana.say("refer: whois.ripe.net\n");
  CHECK(world.ask({})->value.name == "ARIN-NET");
  CHECK(world.ask(Registry::ripencc)->value.name == "ARIN-NET");
  world.arin.say(arin_block("Allocated to RIPE NCC"));
  CHECK_THAT(world.trouble({}), ContainsSubstring("none of its own"));
  CHECK_THAT(world.trouble(Registry::ripencc), ContainsSubstring("none of its own"));
}

TEST_CASE("ARIN's block of another registry leads there, and is never the answer") {
  World world;
  world.ripe.say(inetnum("RIPE-NET"));
  for (const auto* referral :
       {"", "ReferralServer:  whois.ripe.net\n", "ReferralServer:  whois://whois.ripe.net\n",
        "ReferralServer:  https://whois.ripe.net\n"}) {
    world.arin.say(arin_block("Allocated to RIPE NCC") + referral);
    CHECK(world.ask(Registry::arin)->value.name == "RIPE-NET");
  }
  world.ripe.say("%ERROR:305: connection has been closed\n");
  CHECK_THAT(world.trouble(Registry::arin), ContainsSubstring("%ERROR:305"));
  world.arin.say(arin_block("Early Registrations, Maintained by ARIN"));
  CHECK(world.ask(Registry::arin)->value == facts::Registration{});
}

TEST_CASE("a placeholder that names a registry leads there at once") {
  World world;
  world.config.whois.apnic = world.ripe.endpoint();
  world.config.whois.ripencc = world.stranger.endpoint();
  world.ripe.say(
      "inetnum: 192.0.0.0 - 192.0.15.255\nnetname: STUB-192\nmnt-by: APNIC-STUB\n"
      "descr: Transferred to the RIPE region on 2020-12-08T07:54:04Z.\n");
  world.stranger.say(inetnum("RIPE-NET"));
  CHECK(world.ask(Registry::apnic)->value.name == "RIPE-NET");
  CHECK(world.iana.asked().empty());
}

TEST_CASE("a registry that cannot ask another for us is not left alone for it") {
  World world;
  world.config.whois.afrinic = world.ripe.endpoint();
  world.ripe.say(
      "% This is the AfriNIC Whois server.\n\n% The WHOIS is temporary unable to query ARIN for "
      "the "
      "requested resource. Please try again later.\n");
  world.arin.say("NetRange: 192.0.2.0 - 192.0.2.255\nNetName: ARIN-NET\n");
  Notebook permits;
  CHECK(world.ask(Registry::afrinic, &permits)->value.name == "ARIN-NET");
  CHECK(permits.closed.empty());
}

TEST_CASE("IANA's whois: is a referral, and a registry's unallocated block is nobody's") {
  World world;
  world.config.whois.lacnic = world.ripe.endpoint();
  world.iana.say(
      "inetnum: 192.0.0.0 - 192.255.255.255\norganisation: LACNIC\nstatus: ALLOCATED\n\n"
      "whois: whois.lacnic.net\n");
  world.ripe.say(
      "% Joint Whois - whois.lacnic.net\n\n"
      "% Unallocated and unassigned in LACNIC block: 192.0.2.1\n");
  const auto outcome = world.ask({});
  REQUIRE(outcome);
  CHECK(outcome->value == facts::Registration{});
  CHECK(world.ripe.asked() == Lines{"192.0.2.1"});
}

TEST_CASE("a registry that bans us is left alone for a day, one that is asked too often for less") {
  World world;
  world.config.whois.lacnic = world.ripe.endpoint();
  const auto closed_for = [&](const std::string& answer) {
    world.ripe.say(answer);
    Notebook permits;
    CHECK_FALSE(world.ask(Registry::lacnic, &permits));
    return permits.closed.at({config::Service::whois, "lacnic"}).first;
  };
  CHECK(closed_for("% You don't have permission to use this service\n") == std::chrono::hours(24));
  CHECK(closed_for("% Permiss\xe3o negada.\n") == std::chrono::hours(24));
  CHECK(closed_for("query rate limit exceeded\n") == std::chrono::minutes(5));
}

TEST_CASE("no entries is known, and means nothing is registered") {
  World world;
  world.ripe.say("%ERROR:101: no entries found\n");
  const auto outcome = world.ask(Registry::ripencc);
  REQUIRE(outcome);
  CHECK(outcome->value == facts::Registration{});
}

TEST_CASE("a registry that is down is a trouble that names it") {
  World world;
  CHECK(world.trouble(Registry::apnic) == whois_server(world.config.whois, Registry::apnic).host +
                                              ":" + std::to_string(world.config.whois.apnic.port) +
                                              ": connection refused");
}
