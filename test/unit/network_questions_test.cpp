#include "network/questions/questions.hpp"

#include <algorithm>
#include <map>

#include "catch.hpp"
#include "loopback.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using facts::Confirmed;

namespace {

constexpr auto asked = "139.162.133.252";

Nsd::Zones zones() {
  std::string many;
  for (int i = 0; i < 9; ++i) many += "7 PTR n" + std::to_string(i) + ".example.test.\n";
  return {{"133.162.139.in-addr.arpa",
           "252 PTR mail.example.test.\n252 PTR liar.example.test.\n253 PTR .\n"
           "254 PTR bro\\255ken\\010.a\\.b.test.\n" +
               many},
          {"8.b.d.0.1.0.0.2.ip6.arpa",
           "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR six.example.test.\n"},
          {"example.test",
           "mail 120 A 139.162.133.252\nmail A 192.0.2.1\nliar A 192.0.2.2\nsix AAAA 2001:db8::1\n"
           "n0 A 139.162.133.7\nn8 A 139.162.133.7\n"},
          {"origin.test",
           "252.133.162.139 TXT \"63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02\"\n"
           "251.133.162.139 TXT \"63949 64500 0 64501 64502 64503 | 139.162.128.0/19 | NL | "
           "ripencc | 2004-02-02\"\n"
           "254.133.162.139 TXT \"what?\"\n"},
          {"asn.test",
           "AS63949 TXT \"63949 | US | arin | 2014-10-15 | AKAMAI-LINODE-AP Akamai, SG\"\n"
           "AS64500 TXT \"64500 | DE | ripencc | 2014-10-15 | OTHER - Other GmbH, DE\"\n"
           "AS64501 TXT \"what?\"\n"},
          {"bl.test",
           "252.133.162.139 A 127.0.0.2\n252.133.162.139 A 127.0.0.10\n"
           "252.133.162.139 60 TXT \"see https://bl.test/\"\n"
           "253.133.162.139 A 127.255.255.254\n253.133.162.139 TXT \"open resolver\"\n"
           "254.133.162.139 A 192.0.2.1\n251.133.162.139 A 127.0.0.1\n"
           "250.133.162.139 A 127.0.0.1\n250.133.162.139 A 127.0.0.2\n"}};
}

void read(const std::vector<std::string>& lines, facts::Facts& facts) {
  for (const auto& line : lines) {
    INFO(line);
    REQUIRE(line.ends_with('\n'));
    CHECK(ask::decode_answer(std::string_view(line).substr(0, line.size() - 1), {}, facts));
  }
}

/// Everything that can be asked, on loopback: NSD, one WHOIS server for RIPE, one for Cymru.
class World {
 public:
  World()
      : ripe_([](const base::Descriptor& connection) {
          (void)read_line(connection);
          (void)send_all(connection,
                         "inetnum: 139.162.0.0 - 139.162.255.255\nnetname: EU-LINODE-20141229\n"
                         "country: US\norg: ORG-LL72-RIPE\n",
                         plenty());
        }),
        cymru_([](const base::Descriptor& connection) {
          const auto question = read_line(connection);
          (void)send_all(connection,
                         question.find(" AS") != std::string::npos
                             ? "63949 | US | arin | 2014-10-15 | BY-WHOIS, SG\n"
                             : "63949 | 139.162.133.252 | 139.162.128.0/19 | NL | ripencc | "
                               "2004-02-02 | BY-WHOIS, SG\n",
                         plenty());
        }),
        nsd_(zones()) {
    config.dns.origin_zone = "origin.test";
    config.dns.origin6_zone = "origin6.test";
    config.dns.asn_zone = "asn.test";
    config.whois.ripencc = {"127.0.0.1", ripe_.server().port};
    config.whois.cymru = {"127.0.0.1", cymru_.server().port};
    const auto down = nobody();
    config.whois.iana = config.whois.arin = {"127.0.0.1", down.port};
    config.lookup.registration = {config::RegistrationSource::whois};
    nameserver = nsd_.server();
  }

  facts::Facts ask(const facts::Wanted& wanted, const char* whom = asked,
                   std::optional<facts::Origin> origin = {}) {
    const Resolver resolver({nameserver});
    facts::Facts facts;
    std::vector<std::string> lines;
    answer({address(whom), wanted, plenty(), std::move(origin)}, {config, resolver, plenty()},
           [&](const std::string& line) { lines.push_back(line); });
    read(lines, facts);
    return facts;
  }
  [[nodiscard]] std::string ripe_name() const { return ripe_.server().str(); }
  [[nodiscard]] std::string cymru_name() const { return cymru_.server().str(); }

  config::Config config;
  Server nameserver;

 private:
  TcpServer ripe_, cymru_;
  Nsd nsd_;
};

std::map<std::string, Confirmed> by_name(const facts::ReverseNames& names) {
  std::map<std::string, Confirmed> map;
  for (const auto& name : names) map[name.name] = name.confirmed;
  return map;
}

constexpr auto seconds = [](int count) { return facts::Time{std::chrono::seconds(count)}; };

bool no_nsd() {
  if (Nsd::available()) return false;
  WARN("skipped: no NSD here");
  return true;
}

}  // namespace

TEST_CASE("all facts of an address are asked for and answered") {
  if (no_nsd()) return;
  World world;
  const auto facts = world.ask({true, false, true, true, true, {"bl.test"}});
  CHECK(by_name(facts.reverse_names.value) ==
        std::map<std::string, Confirmed>{{"mail.example.test", Confirmed::not_asked},
                                         {"liar.example.test", Confirmed::not_asked}});
  CHECK(facts.reverse_names.source == "dns");
  CHECK(facts.reverse_names.expires == seconds(300));
  CHECK(facts.origin.value ==
        facts::Origin{{63949}, net::Network::parse("139.162.128.0/19").value(), "NL", "ripencc"});
  CHECK(facts.origin.source == "origin.test");
  CHECK(facts.as_descriptions.at(0).value ==
        facts::AsDescription{63949, "AKAMAI-LINODE-AP Akamai, SG"});
  CHECK(facts.as_descriptions.at(0).source == "asn.test");
  CHECK(facts.registration.value.name == "EU-LINODE-20141229");
  CHECK(facts.registration.source == world.ripe_name());
  CHECK(facts.registration.expires == facts::Time{world.config.cache.ttl});
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].value.zone == "bl.test");
}

TEST_CASE("a few ASes of an address are described, each with its own outcome") {
  if (no_nsd()) return;
  World world;
  world.config.lookup.origin = {config::OriginSource::dns};
  const auto facts = world.ask({false, false, false, true, false, {}}, "139.162.133.251");
  CHECK(facts.origin.value.asns.size() == 6);
  REQUIRE(facts.as_descriptions.size() == 4);
  const auto of = [&](std::uint32_t asn) { return *facts::description_of(facts, asn); };
  CHECK(of(63949).value.text == "AKAMAI-LINODE-AP Akamai, SG");
  CHECK(of(64500).value.text == "OTHER - Other GmbH, DE");
  CHECK(of(64501).failed());
  CHECK(of(64501).trouble == "TXT AS64501.asn.test: 'what?' does not describe AS64501");
  CHECK(of(64502).value.text.empty());
  CHECK(of(64502).known());
}

TEST_CASE("nothing is asked that is not wanted") {
  if (no_nsd()) return;
  World world;
  CHECK(facts::freshness(world.ask({})) == facts::Freshness::none);

  const auto names = world.ask({true, false, false, false, false, {}});
  CHECK(names.reverse_names.known());
  CHECK(names.origin.knowledge == facts::Knowledge::not_asked);
  CHECK(names.registration.knowledge == facts::Knowledge::not_asked);

  // The origin is asked on the way to the registration, and told; its description is not.
  const auto registration = world.ask({false, false, false, false, true, {}});
  CHECK(registration.registration.known());
  CHECK(registration.origin.known());
  CHECK(registration.as_descriptions.empty());
  CHECK(registration.reverse_names.knowledge == facts::Knowledge::not_asked);
}

TEST_CASE("an origin that is known already is not asked for again") {
  if (no_nsd()) return;
  World world;
  world.config.dns.origin_zone = "refused.org";
  world.config.whois.cymru = world.config.whois.iana;
  const facts::Origin known{{63949}, {}, "", "ripencc"};
  const auto facts = world.ask({false, false, false, true, true, {}}, asked, known);
  CHECK(facts.origin.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.as_descriptions.at(0).value.text == "AKAMAI-LINODE-AP Akamai, SG");
  CHECK(facts.registration.value.name == "EU-LINODE-20141229");
}

TEST_CASE("reverse names are confirmed by looking them up forward") {
  if (no_nsd()) return;
  World world;
  const facts::Wanted wanted{true, true, false, false, false, {}};
  const auto facts = world.ask(wanted);
  CHECK(by_name(facts.reverse_names.value) ==
        std::map<std::string, Confirmed>{{"mail.example.test", Confirmed::yes},
                                         {"liar.example.test", Confirmed::no}});
  CHECK(facts.reverse_names.expires == seconds(120));  // the shortest TTL of all
  CHECK(by_name(world.ask(wanted, "2001:db8::1").reverse_names.value) ==
        std::map<std::string, Confirmed>{{"six.example.test", Confirmed::yes}});
}

TEST_CASE("at most eight reverse names are confirmed, and a failed look-up proves nothing") {
  if (no_nsd()) return;
  World world;
  const auto names =
      world.ask({true, true, false, false, false, {}}, "139.162.133.7").reverse_names.value;
  REQUIRE(names.size() == 9);
  for (const auto& name : names) {
    const bool beyond = &name == &names.back();
    const bool true_name = name.name == "n0.example.test" || name.name == "n8.example.test";
    CHECK(name.confirmed == (beyond      ? Confirmed::not_asked
                             : true_name ? Confirmed::yes
                                         : Confirmed::no));
  }
  // Its zone is none of the nameserver's.
  const auto foreign = world.ask({true, true, false, false, false, {}}, "139.162.133.254");
  CHECK(foreign.reverse_names.value ==
        facts::ReverseNames{{"bro\xffken\n.a\\.b.test", Confirmed::not_asked}});
}

TEST_CASE("no reverse name is known to be none, for as long as the zone says") {
  if (no_nsd()) return;
  World world;
  for (const auto* nameless : {"139.162.133.1", "139.162.133.253"}) {
    const auto facts = world.ask({true, true, false, false, false, {}}, nameless);
    CHECK(facts.reverse_names.known());
    CHECK(facts.reverse_names.value.empty());
  }
  CHECK(world.ask({true, false, false, false, false, {}}, "139.162.133.1").reverse_names.expires ==
        seconds(60));
}

TEST_CASE("an address that nobody announces has no AS, and its registry is IANA's to say") {
  if (no_nsd()) return;
  World world;
  const auto facts = world.ask({false, false, true, true, true, {}}, "139.162.133.1");
  CHECK(facts.origin.known());
  CHECK(facts.origin.value == facts::Origin{});
  CHECK(facts.as_descriptions.empty());
  CHECK(facts.registration.failed());
  CHECK(facts.registration.trouble ==
        "127.0.0.1:" + std::to_string(world.config.whois.iana.port) + ": connection refused");
}

TEST_CASE("where DNS fails, the origin and its description come by WHOIS") {
  if (no_nsd()) return;
  World world;
  world.config.dns.origin_zone = world.config.dns.asn_zone = "refused.org";
  const auto facts = world.ask({false, false, true, true, true, {}});
  CHECK(facts.origin.value.asns == std::vector{63949U});
  CHECK(facts.origin.source == world.cymru_name());
  CHECK(facts.origin.expires == facts::Time{world.config.cache.ttl});
  CHECK(facts.as_descriptions.at(0).value.text == "BY-WHOIS, SG");
  CHECK(facts.registration.value.name == "EU-LINODE-20141229");

  const auto description = world.ask({false, false, false, true, false, {}}, asked,
                                     facts::Origin{{63949}, {}, "", "ripencc"});
  CHECK(description.as_descriptions.at(0).value.text == "BY-WHOIS, SG");
}

TEST_CASE(
    "an origin that cannot be had says what every source did, and so does what depends on it") {
  if (no_nsd()) return;
  World world;
  world.config.whois.cymru = world.config.whois.iana;
  const auto facts = world.ask({false, false, true, true, true, {}}, "139.162.133.254");
  CHECK(facts.origin.failed());
  CHECK(facts.origin.trouble ==
        "TXT 254.133.162.139.origin.test: 'what?' is no origin of 139.162.133.254; 127.0.0.1:" +
            std::to_string(world.config.whois.iana.port) + ": connection refused");
  CHECK(facts.origin.expires == facts::Time{world.config.cache.negative_ttl});
  CHECK(facts.as_descriptions.empty());
  CHECK(facts.registration.failed());
}

TEST_CASE("where origins are switched off, the registration is had by way of IANA") {
  if (no_nsd()) return;
  World world;
  world.config.lookup.origin.clear();
  const auto facts = world.ask({false, false, false, false, true, {}});
  CHECK(facts.origin.knowledge == facts::Knowledge::not_asked);
  CHECK_THAT(facts.registration.trouble, ContainsSubstring("connection refused"));
}

TEST_CASE("DNSBLs say what they list and why, and their error codes are no listings") {
  if (no_nsd()) return;
  World world;
  const auto ask = [&](const char* whom, const char* zone = "bl.test") {
    const auto facts = world.ask({false, false, false, false, false, {zone}}, whom);
    REQUIRE(facts.dnsbl.size() == 1);
    return facts.dnsbl[0];
  };
  const auto listed = ask(asked);
  REQUIRE(listed.known());
  auto answers = listed.value.answers;
  std::ranges::sort(answers);
  CHECK(answers == std::vector{address("127.0.0.2"), address("127.0.0.10")});
  CHECK(listed.value.reason == "see https://bl.test/");
  CHECK(listed.source == "bl.test");
  CHECK(listed.expires == seconds(60));

  const auto not_listed = ask("139.162.133.1");
  CHECK(not_listed.known());
  CHECK(not_listed.value.answers.empty());

  CHECK(ask("139.162.133.253").trouble == "bl.test: error code 127.255.255.254: 'open resolver'");
  CHECK(ask("139.162.133.254").trouble == "bl.test: answers 192.0.2.1, which no DNSBL does");
  // What a resolver answers that blocks the zone; beside a listing it says nothing.
  CHECK(ask("139.162.133.251").trouble == "bl.test: answers 127.0.0.1, which no DNSBL does");
  CHECK(ask("139.162.133.250").value.answers == std::vector{address("127.0.0.2")});
  CHECK_THAT(ask(asked, "refused.org").trouble, ContainsSubstring("REFUSED"));
  CHECK(ask(asked, "no..zone").failed());
}

TEST_CASE("more zones than are asked at once are all asked") {
  if (no_nsd()) return;
  World world;
  facts::Wanted wanted;
  for (int i = 0; i < 100; ++i) wanted.dnsbl_zones.push_back("z" + std::to_string(i) + ".bl.test");
  const auto facts = world.ask(wanted);
  CHECK(facts.dnsbl.size() == 100);
  CHECK(std::ranges::all_of(facts.dnsbl, [](const auto& zone) { return zone.known(); }));
}

TEST_CASE("when nobody answers, every question has failed by the deadline") {
  const UdpServer silent([](const auto&) { return std::vector<std::string>(); });
  config::Config config;
  config.lookup.registration = {config::RegistrationSource::whois};
  const Resolver resolver({silent.server()});
  facts::Facts facts;
  const facts::Wanted wanted{true, true, true, true, true, {"bl.test"}};
  std::vector<std::string> lines;
  answer({address(asked), wanted, soon(), {}}, {config, resolver, soon()},
         [&](const std::string& line) { lines.push_back(line); });
  read(lines, facts);
  CHECK_THAT(facts.reverse_names.trouble, ContainsSubstring("no answer in time"));
  CHECK_THAT(facts.origin.trouble, ContainsSubstring("no answer in time"));
  CHECK(facts.registration.failed());
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].failed());
}
