#include "registry/local_facts.hpp"

#include "catch.hpp"
#include "registry_site.hpp"
#include "rest.hpp"

using namespace badclients;
using badclients::test::RegistrySite;
using facts::Knowledge;

namespace {

std::string prefix(const facts::Facts& facts) {
  return facts.origin.value.prefix ? facts.origin.value.prefix->str() : "";
}

}  // namespace

TEST_CASE("registry data gives origin, AS description and registration", "[registry]") {
  RegistrySite site;
  CHECK(site.compile(RegistrySite::files()).empty());
  const auto facts = site.find("192.0.2.12");
  REQUIRE(facts.origin.known());
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{10});
  CHECK(prefix(facts) == "192.0.2.0/24");
  CHECK(facts.origin.value.country == "NL");
  CHECK(facts.origin.value.registry == "ripencc");
  REQUIRE(facts.as_descriptions.size() == 1);
  CHECK(facts.as_descriptions[0].value == facts::AsDescription{10, "TEN - Ten Ltd., NL"});
  REQUIRE(facts.registration.known());
  CHECK(facts.registration.value.name == "PART");
  CHECK(facts.registration.value.country == "BE");
  CHECK(facts.registration.value.entities == std::vector<std::string>{"ORG-A-RIPE", "ABUSE-A"});
  REQUIRE(facts.registration.value.range);
  CHECK(facts.registration.value.range->first.str() == "192.0.2.10");
  CHECK(facts.registration.value.range->second.str() == "192.0.2.19");
  CHECK(site.find("192.0.2.9").registration.value.name == "ALL");
  CHECK(site.find("192.0.2.20").registration.value.range->second.str() == "192.0.2.255");
  CHECK(site.find("2001:db8:1::7").registration.value.name == "SIX");
  CHECK(prefix(site.find("2001:db8:1::7")) == "2001:db8::/32");
}

TEST_CASE("facts say from which file they are, and when that was made", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  const auto facts = site.find("192.0.2.12");
  const auto made = *registry::day_of("20260928");
  for (const auto* fact : {&facts.origin}) {
    CHECK(fact->from == facts::Provenance::local);
    CHECK(fact->source == "riswhoisdump.IPv4.gz");
    CHECK(fact->learnt == made);
    CHECK(fact->expires == made + std::chrono::hours{24 * 14});
  }
  CHECK(facts.as_descriptions.at(0).source == "asn.txt");
  CHECK(facts.registration.source == "ripe.db.inetnum.gz");
  CHECK(site.find("2001:db8:1::7").origin.source == "riswhoisdump.IPv6.gz");
  CHECK(site.find("2001:db8:1::7").registration.source == "ripe.db.inet6num.gz");
}

TEST_CASE("what registry data does not have stays unknown, and is never absent", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  const auto nowhere = site.find("192.0.3.1");
  CHECK(nowhere.origin.knowledge == Knowledge::not_asked);
  CHECK(nowhere.as_descriptions.empty());
  CHECK(nowhere.registration.knowledge == Knowledge::not_asked);
  // Announced by two, one of which has no description; its registrations are not there.
  const auto apnic = site.find("198.51.100.1");
  CHECK(apnic.origin.value.asns == std::vector<std::uint32_t>{20, 21});
  REQUIRE(apnic.as_descriptions.size() == 1);
  CHECK(apnic.as_descriptions[0].value.text == "TWENTY - Twenty Ltd., AU");
  CHECK(apnic.registration.knowledge == Knowledge::not_asked);
  // An IPv6 address below and above all that is known.
  CHECK(site.find("2000::1").origin.knowledge == Knowledge::not_asked);
  CHECK(site.find("fe80::1").origin.knowledge == Knowledge::not_asked);
  CHECK(site.find("0.0.0.1").origin.knowledge == Knowledge::not_asked);
  CHECK(site.find("255.255.255.255").origin.knowledge == Knowledge::not_asked);
}

TEST_CASE("an origin needs to know whether the address is delegated, and to whom", "[registry]") {
  auto files = RegistrySite::files();
  RegistrySite site;
  site.compile(files);
  // Announced, and nobody's: all five registries say so.
  const auto bogon = site.find("203.0.113.1");
  REQUIRE(bogon.origin.known());
  CHECK(bogon.origin.value.asns == std::vector<std::uint32_t>{30});
  CHECK(bogon.origin.value.country.empty());
  CHECK(bogon.origin.value.registry.empty());
  CHECK(bogon.as_descriptions.empty());
  // One of them is not there: it may be its.
  files.erase("delegated-arin-extended-latest");
  RegistrySite without;
  without.compile(files);
  CHECK(without.find("203.0.113.1").origin.knowledge == Knowledge::not_asked);
  CHECK(without.find("192.0.2.1").origin.known());
}

TEST_CASE("descriptions are those of the origin ASes, also of those from another source",
          "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  facts::Facts facts;
  facts.origin.knowledge = Knowledge::known;
  facts.origin.from = facts::Provenance::cache;
  facts.origin.value.asns = {20, 10};
  const auto filled = site.find("192.0.2.12", std::chrono::hours{24 * 14}, nullptr, facts);
  CHECK(filled.origin.from == facts::Provenance::cache);
  REQUIRE(filled.as_descriptions.size() == 2);
  CHECK(filled.as_descriptions[0].value.asn == 20);
  CHECK(filled.as_descriptions[1].value.asn == 10);
  // One is known already.
  auto& known = facts.as_descriptions.emplace_back();
  known.knowledge = Knowledge::failed;
  known.value.asn = 20;
  const auto more = site.find("192.0.2.12", std::chrono::hours{24 * 14}, nullptr, facts);
  REQUIRE(more.as_descriptions.size() == 2);
  CHECK(more.as_descriptions[0].failed());
  CHECK(more.as_descriptions[1].value.asn == 10);
  facts.as_descriptions.clear();
  facts.origin.knowledge = Knowledge::failed;
  const auto failed = site.find("192.0.2.12", std::chrono::hours{24 * 14}, nullptr, facts);
  CHECK(failed.origin.failed());
  CHECK(failed.as_descriptions.empty());
  CHECK(failed.registration.known());
}

TEST_CASE("registry data that is too old is not used, and named", "[registry]") {
  auto files = RegistrySite::files();
  files["delegated-ripencc-extended-latest"] =
      RegistrySite::delegated("ripencc",
                              "ripencc|NL|ipv4|192.0.2.0|256|20200101|allocated|x\n"
                              "ripencc|DE|asn|10|10|20200101|allocated|x\n",
                              "20260920");
  RegistrySite site;
  site.compile(files);
  std::vector<std::string> outdated;
  auto facts = site.find("192.0.2.12", std::chrono::hours{24 * 9}, &outdated);
  CHECK(facts.origin.known());
  CHECK(facts.origin.learnt == *registry::day_of("20260920"));
  CHECK(outdated.empty());
  facts = site.find("192.0.2.12", std::chrono::hours{24 * 8}, &outdated);
  CHECK(facts.origin.knowledge == Knowledge::not_asked);
  CHECK(facts.as_descriptions.empty());
  CHECK(facts.registration.known());
  CHECK(outdated == std::vector<std::string>{"delegated-ripencc-extended-latest"});
  CHECK(site.find("198.51.100.1", std::chrono::hours{24 * 8}).origin.known());
  facts = site.find("192.0.2.12", std::chrono::hours{1}, &outdated);
  CHECK(facts.registration.knowledge == Knowledge::not_asked);
  CHECK(std::ranges::find(outdated, "ripe.db.inetnum.gz") != outdated.end());
}

TEST_CASE("only wanted facts are looked up", "[registry]") {
  RegistrySite site;
  site.compile(RegistrySite::files());
  registry::LocalData data;
  const auto store = data.current(site.state.path());
  REQUIRE(store);
  facts::Facts facts;
  facts::Wanted wanted;
  wanted.registration = true;
  REQUIRE(registry::fill(**store, *net::Address::parse("192.0.2.12"), wanted,
                         {RegistrySite::now(), std::chrono::hours{48}}, facts));
  CHECK(facts.registration.known());
  CHECK(facts.origin.knowledge == Knowledge::not_asked);
  CHECK(facts.as_descriptions.empty());
}

TEST_CASE("registry data is opened once, and anew when another has taken its place", "[registry]") {
  RegistrySite site;
  registry::LocalData data;
  auto store = data.current(site.state.path());
  REQUIRE(store);
  CHECK(*store == nullptr);
  site.compile(RegistrySite::files());
  wait_for_rest(site.path());
  store = data.current(site.state.path());
  REQUIRE(store);
  REQUIRE(*store != nullptr);
  auto* const first = &(*store)->connection();
  CHECK(&(*data.current(site.state.path()))->connection() == first);
  auto files = RegistrySite::files();
  files["asn.txt"] = "10 OTHER, NL\n";
  site.compile(files);
  REQUIRE(data.current(site.state.path()));
  CHECK(*(*data.current(site.state.path()))->text(10) == "OTHER, NL");
  std::filesystem::remove(site.path());
  CHECK(*data.current(site.state.path()) == nullptr);
}
