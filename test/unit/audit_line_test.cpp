#include "audit/line.hpp"

#include "catch.hpp"
#include "config/scope.hpp"

using badclients::audit::Form;
using Catch::Matchers::EndsWith;

using namespace badclients::facts;
using namespace std::chrono_literals;
using badclients::net::Address;
using badclients::net::Network;

namespace {

template <class T>
Fact<T> known(T value, Provenance from = Provenance::cache) {
  Fact<T> fact;
  fact.knowledge = Knowledge::known;
  fact.from = from;
  fact.value = std::move(value);
  return fact;
}

Login login(std::string user, std::string service, const char* address) {
  Login made{std::move(user), std::move(service), Address::parse(address).value(), ""};
  made.scope = badclients::config::scope_of(made, {});
  return made;
}

Facts outlook_facts() {
  Facts facts;
  facts.reverse_names = known(ReverseNames{});
  facts.origin = known(Origin{{8075}, {}, "US", "arin"});
  facts.as_descriptions = {known(AsDescription{8075, "MICROSOFT-CORP-MSN-AS-BLOCK, US"})};
  facts.registration = known(Registration{"MSFT", "", {"MSFT", "MAC74-ARIN"}, {}});
  return facts;
}

/// A line up to the original's last field.
std::string begin(const Login& login, const Facts& facts) {
  const auto whole = badclients::audit::line(login, facts, {}, 1ms);
  return whole.substr(0, whole.find(", client_id="));
}

/// A line from behind the original's last field on.
std::string tail(const Verdict& verdict, const Login& who = login("a", "imap", "192.0.32.1")) {
  const auto whole = badclients::audit::line(who, {}, verdict, 1412us);
  return whole.substr(whole.find("entity=None") + std::string("entity=None").size());
}

}  // namespace

TEST_CASE("a refused login's line has every field of the format") {
  auto who = login("alice", "imap", "52.97.246.245");
  who.client_id = R"("name" "Outlook")";
  Verdict verdict;
  verdict.decision = Verdict::Decision::deny;
  verdict.matched = "ip_net";
  verdict.rule = "ip_net.deny.lst:12";
  verdict.client = "New Outlook";
  CHECK(badclients::audit::line(who, outlook_facts(), verdict, 1449us) ==
        "mail-audit: user=<alice>, service=imap, ip=52.97.246.245, host=<>, asn=AS8075, as_cc=US, "
        "as_desc=<MICROSOFT-CORP-MSN-AS-BLOCK, US>, net_name=<MSFT>, net_cc=None, entity=MSFT, "
        "entity=MAC74-ARIN, blocked=True, matched=ip_net, rule=ip_net.deny.lst:12, client=<New "
        "Outlook>, client_id=<\"name\" \"Outlook\">, facts=cached, took=1.4ms");
}

TEST_CASE("the original's example lines come out of the same facts") {
  Facts facts;
  facts.reverse_names = known(ReverseNames{{"rimap26.i.mail.ru", {}}, {"other.mail.ru", {}}});
  facts.origin = known(Origin{{47764, 64500}, {}, "RU", "ripencc"});
  facts.as_descriptions = {known(AsDescription{47764, "VK-AS, RU"})};
  facts.registration = known(Registration{
      "VK-FRONT",
      "RU",
      {"EY1327-RIPE", "ORG-LLCn4-RIPE", "RIPE-NCC-END-MNT", "VKCOMPANY-MNT", "VKNC", "MAIL-RU"},
      {}});
  CHECK(begin(login("honey-craig", "imap", "176.112.169.218"), facts) ==
        "mail-audit: user=<honey-craig>, service=imap, ip=176.112.169.218, "
        "host=rimap26.i.mail.ru, asn=AS47764, as_cc=RU, as_desc=<VK-AS, RU>, net_name=<VK-FRONT>, "
        "net_cc=RU, entity=EY1327-RIPE, entity=ORG-LLCn4-RIPE, entity=RIPE-NCC-END-MNT, "
        "entity=VKCOMPANY-MNT, entity=VKNC, entity=MAIL-RU");

  facts = {};
  facts.reverse_names = known(ReverseNames{{"mail-ej1-f15.google.com", {}}});
  facts.origin = known(Origin{{15169}, {}, "US", "arin"});
  facts.as_descriptions = {known(AsDescription{15169, "GOOGLE, US"})};
  facts.registration = known(Registration{"GOOGLE", "", {"GOGL"}, {}});
  CHECK(begin(login("honey-gmail-pop", "pop3", "209.85.218.15"), facts) ==
        "mail-audit: user=<honey-gmail-pop>, service=pop3, ip=209.85.218.15, "
        "host=mail-ej1-f15.google.com, asn=AS15169, as_cc=US, as_desc=<GOOGLE, US>, "
        "net_name=<GOOGLE>, net_cc=None, entity=GOGL");
}

TEST_CASE("of several origin ASes the line shows the one that matched, else the first") {
  Facts facts;
  facts.origin = known(Origin{{64500, 64501}, {}, "DE", "ripencc"});
  facts.as_descriptions = {known(AsDescription{64501, "OTHER, DE"}),
                           known(AsDescription{64500, "FIRST, DE"})};
  const auto shown = [&](std::uint32_t matched) {
    Verdict verdict;
    verdict.asn = matched;
    return badclients::audit::line(login("a", "imap", "8.8.8.8"), facts, verdict, 0ns);
  };
  CHECK_THAT(shown(0), ContainsSubstring("asn=AS64500, as_cc=DE, as_desc=<FIRST, DE>"));
  CHECK_THAT(shown(64500), ContainsSubstring("asn=AS64500, as_cc=DE, as_desc=<FIRST, DE>"));
  CHECK_THAT(shown(64501), ContainsSubstring("asn=AS64501, as_cc=DE, as_desc=<OTHER, DE>"));
  CHECK_THAT(shown(1), ContainsSubstring("asn=AS64500"));  // MaxMind's opinion
  facts.as_descriptions.clear();
  CHECK_THAT(shown(64501), ContainsSubstring("asn=AS64501, as_cc=DE, as_desc=<None>"));
}

TEST_CASE("a special-purpose address shows its block instead of a network") {
  Facts facts;
  facts.reverse_names = known(ReverseNames{{"dhcp204.internal", {}}});
  CHECK(begin(login("honey", "imap", "172.17.1.204"), facts) ==
        "mail-audit: user=<honey>, service=imap, ip=172.17.1.204, host=dhcp204.internal, "
        "asn=None, as_cc=ZZ, as_desc=<IANA-RESERVED>, net_name=<Private-Use Networks>, net_cc=ZZ, "
        "entity=None");
  CHECK_THAT(begin(login("a", "imap", "64:ff9b::a00:1"), {}),
             ContainsSubstring("ip=64:ff9b::a00:1, host=None, asn=None, as_cc=ZZ, "
                               "as_desc=<IANA-RESERVED>, net_name=<Private-Use Networks>"));
}

TEST_CASE("what is unknown or absent is None, and an address without PTR is <>") {
  const std::string nothing =
      ", asn=None, as_cc=None, as_desc=<None>, net_name=<None>, net_cc=None, entity=None";
  const auto who = login("a", "", "2600::1");
  CHECK(begin(who, {}) == "mail-audit: user=<a>, service=None, ip=2600::1, host=None" + nothing);

  Facts failed;
  failed.reverse_names.knowledge = Knowledge::failed;
  failed.origin.knowledge = Knowledge::failed;
  CHECK(begin(who, failed) ==
        "mail-audit: user=<a>, service=None, ip=2600::1, host=None" + nothing);

  Facts empty;
  empty.reverse_names = known(ReverseNames{});
  empty.origin = known(Origin{});
  empty.as_descriptions = {known(AsDescription{})};
  empty.registration = known(Registration{});
  CHECK(begin(who, empty) == "mail-audit: user=<a>, service=None, ip=2600::1, host=<>" + nothing);

  CHECK(begin({"a", "imap", std::nullopt, ""}, {}) ==
        "mail-audit: user=<a>, service=imap, ip=None, host=None" + nothing);
}

TEST_CASE("the verdict is told by its field, and nothing is told where no rule spoke") {
  using Decision = Verdict::Decision;
  const std::string end = ", client_id=None, facts=none, took=1.4ms";
  Verdict verdict;
  CHECK(tail(verdict) == end);

  verdict.matched = "user";
  verdict.rule = "user.allow.lst:1";
  CHECK(tail(verdict) == ", allowed=True, matched=user, rule=user.allow.lst:1" + end);

  verdict.would_block = true;
  CHECK(tail(verdict) == ", would_block=True, matched=user, rule=user.allow.lst:1" + end);

  verdict = {};
  verdict.decision = Decision::deny;
  verdict.matched = "entity:MAIL-RU";
  CHECK(tail(verdict) == ", blocked=True, matched=entity:MAIL-RU" + end);

  verdict.decision = Decision::tempfail;
  verdict.matched = "on_error";
  CHECK(tail(verdict) == ", tempfail=True, matched=on_error" + end);
}

TEST_CASE("facts says how the network's facts were come by") {
  auto facts = outlook_facts();
  const auto who = login("a", "imap", "52.97.246.245");
  const auto line = [&] { return badclients::audit::line(who, facts, {}, 5012345us); };
  CHECK_THAT(line(), ContainsSubstring("facts=cached, took=5012.3ms"));
  facts.origin.from = Provenance::asked;
  CHECK_THAT(line(), ContainsSubstring("facts=fresh, "));
  facts.registration.knowledge = Knowledge::failed;
  CHECK_THAT(line(), ContainsSubstring("facts=partial, "));
}

TEST_CASE("no value can forge a field") {
  auto who = login("a>, blocked=True", "imap, blocked=True", "52.97.246.245");
  who.client_id = "\"name\" \"x>, took=\x1b[2J\"";
  Facts facts;
  facts.reverse_names = known(ReverseNames{{"x, blocked=True", {}}});
  facts.origin = known(Origin{{1}, {}, "", ""});
  facts.as_descriptions = {known(AsDescription{1, "X>, net_name=<Y\n"})};
  facts.registration = known(Registration{"N>", "U S", {"E, blocked=True", "<>"}, {}});
  Verdict verdict;
  verdict.decision = Verdict::Decision::deny;
  verdict.matched = "entity:E, x=<>";
  verdict.rule = "a b.lst:1";
  verdict.client = "C>\n";
  CHECK(badclients::audit::line(who, facts, verdict, 0ns) ==
        R"(mail-audit: user=<a\x3e, blocked=True>, service=imap\x2c\x20blocked\x3dTrue, )"
        R"(ip=52.97.246.245, host=x\x2c\x20blocked\x3dTrue, asn=AS1, as_cc=None, )"
        R"(as_desc=<X\x3e, net_name=\x3cY\x0a>, net_name=<N\x3e>, net_cc=U\x20S, )"
        R"(entity=E\x2c\x20blocked\x3dTrue, entity=\x3c\x3e, blocked=True, )"
        R"(matched=entity:E\x2c\x20x\x3d\x3c\x3e, rule=a\x20b.lst:1, client=<C\x3e\x0a>, )"
        R"(client_id=<"name" "x\x3e, took=\x1b[2J">, facts=cached, took=0.0ms)");
}

TEST_CASE(
    "the session and the master user stand last, only where there are some, before an error") {
  auto who = login("alice", "imap", "192.0.32.1");
  who.session = "EvlKSSRhnp00Yfb1";
  CHECK_THAT(tail({}, who), EndsWith("took=1.4ms, session=<EvlKSSRhnp00Yfb1>"));
  who.master = "b>, ip=<ob";
  CHECK_THAT(tail({}, who),
             EndsWith("took=1.4ms, session=<EvlKSSRhnp00Yfb1>, master=<b\\x3e, ip=\\x3cob>"));
  CHECK_THAT(badclients::audit::prepare(who, {}, {}).text(1ms, "a <bad> thing\n"),
             EndsWith(", master=<b\\x3e, ip=\\x3cob>, error=<a \\x3cbad\\x3e thing\\x0a>"));
  who.session.clear();
  CHECK_THAT(tail({}, who), EndsWith("took=1.4ms, master=<b\\x3e, ip=\\x3cob>"));
}

TEST_CASE("the longest line fits one write to a log, and its last fields are still there") {
  const auto byte = GENERATE(as<char>{}, '\n', '"');
  const std::string junk(5000, byte);
  Login who{junk, junk, Address::parse("2001:4860:4860:4860:4860:4860:4860:8888").value(),
            junk, junk, junk};
  Facts facts;
  facts.reverse_names = known(ReverseNames{{junk, {}}});
  facts.origin = known(Origin{{4294967295}, {}, junk, ""});
  facts.as_descriptions = {known(AsDescription{4294967295, junk})};
  facts.registration = known(Registration{junk, junk, std::vector<std::string>(64, junk), {}});
  Verdict verdict;
  verdict.decision = Verdict::Decision::deny;
  verdict.matched = verdict.rule = verdict.client = junk;
  const auto line = badclients::audit::prepare(who, facts, verdict).text(99h, junk);
  CHECK(line.size() < 4000);
  CHECK_THAT(line, ContainsSubstring(", entity=\\..., blocked=True, matched="));
  CHECK_THAT(line, ContainsSubstring("\\...>, facts=cached, took=356400000.0ms"));
  const auto json = badclients::audit::prepare(who, facts, verdict, Form::json).text(99h, junk);
  CHECK(json.size() < 4000);
  CHECK_THAT(json, ContainsSubstring(R"("\\..."],"blocked":true,"matched":")"));
  CHECK_THAT(json, EndsWith(R"(\\..."})"));
  // However well the entities fill their room.
  for (std::size_t length = 1; length <= 100; ++length) {
    facts.registration.value.entities.assign(900, std::string(length, byte == '"' ? 'E' : byte));
    for (const auto form : {Form::line, Form::json}) {
      const auto text = badclients::audit::prepare(who, facts, verdict, form).text(99h, junk);
      CHECK(text.size() < 4000);
    }
  }

  facts.geo_asn = known(GeoAsn{4294967295, junk});
  const Place place{4294967295, junk, junk};
  facts.geo_city = known(GeoCity{place, place, place, place, place, std::vector<Place>(100, place),
                                 Circle{-89, -179, 99999}});
  const auto second = badclients::audit::maxmind_line(who, facts).value();
  CHECK(second.size() < 4000);
  CHECK(badclients::audit::maxmind_line(who, facts, Form::json)->size() < 4000);
  CHECK_THAT(second, ContainsSubstring(", lat=-89.000000, lon=-179.000000, rad=99999km"));
}

TEST_CASE("as JSON a line has the same fields in the same order") {
  auto who = login("alice", "imap", "52.97.246.245");
  who.client_id = R"("name" "Outlook")";
  who.session = "gU5b";
  who.master = "boss";
  auto facts = outlook_facts();
  Verdict verdict;
  verdict.decision = Verdict::Decision::deny;
  verdict.matched = "ip_net";
  verdict.rule = "ip_net.deny.lst:12";
  verdict.client = "New Outlook";
  CHECK(badclients::audit::line(who, facts, verdict, 1449us, Form::json) ==
        R"(mail-audit: {"user":"alice","service":"imap","ip":"52.97.246.245","host":"",)"
        R"("asn":"AS8075","as_cc":"US","as_desc":"MICROSOFT-CORP-MSN-AS-BLOCK, US",)"
        R"("net_name":"MSFT","net_cc":null,"entity":["MSFT","MAC74-ARIN"],"blocked":true,)"
        R"("matched":"ip_net","rule":"ip_net.deny.lst:12","client":"New Outlook",)"
        R"("client_id":"\"name\" \"Outlook\"","facts":"cached","took":"1.4ms",)"
        R"("session":"gU5b","master":"boss"})");

  const auto nothing =
      badclients::audit::prepare(login("a\n\\\"<", "", "10.0.0.1"), {}, {}, Form::json);
  CHECK(nothing.text(1ms, "a \"bad\" thing") ==
        R"(mail-audit: {"user":"a\\x0a\\x5c\"<","service":null,"ip":"10.0.0.1","host":null,)"
        R"("asn":null,"as_cc":"ZZ","as_desc":"IANA-RESERVED","net_name":"Private-Use Networks",)"
        R"("net_cc":"ZZ","entity":[],"client_id":null,"facts":"none","took":"1.0ms",)"
        R"("error":"a \"bad\" thing"})");
}

TEST_CASE("the maxmind line has the original's format") {
  const auto who = login("honey", "imap", "81.2.69.160");
  Facts facts;
  facts.geo_asn = known(GeoAsn{20712, "Andrews & Arnold Ltd"}, Provenance::local);
  GeoCity city;
  city.city = Place{2643743, "", "London"};
  city.subdivisions = {{6269131, "ENG", "England"}, {2648110, "", "Greater London"}};
  city.country = Place{2635167, "GB", "United Kingdom"};
  city.continent = Place{6255148, "EU", "Europe"};
  city.registered_country = Place{6252001, "US", "United States"};
  city.location = Circle{51.5142, -0.0931, 10};
  facts.geo_city = known(city, Provenance::local);
  CHECK(badclients::audit::maxmind_line(who, facts).value() ==
        "mail-audit-maxmind: user=<honey>, service=imap, ip=81.2.69.160, asn=AS20712, "
        "as_org=<Andrews & Arnold Ltd>, city=<London/2643743>, subdivision[0]=<England/6269131>, "
        "subdivision[1]=<Greater London/2648110>, country=<GB/2635167>, continent=<EU/6255148>, "
        "registered_country=<US/6252001>, lat=51.514200, lon=-0.093100, rad=10km");
  CHECK(badclients::audit::maxmind_line(who, facts, Form::json).value() ==
        R"(mail-audit-maxmind: {"user":"honey","service":"imap","ip":"81.2.69.160",)"
        R"("asn":"AS20712","as_org":"Andrews & Arnold Ltd","city":"London/2643743",)"
        R"("subdivision[0]":"England/6269131","subdivision[1]":"Greater London/2648110",)"
        R"("country":"GB/2635167","continent":"EU/6255148","registered_country":"US/6252001",)"
        R"("lat":51.514200,"lon":-0.093100,"rad":"10km"})");

  facts.geo_city.value.represented_country = Place{6252001, "US", "United States"};
  CHECK_THAT(*badclients::audit::maxmind_line(who, facts),
             ContainsSubstring("represented_country=<US/6252001>, lat="));
}

TEST_CASE("in the maxmind line missing parts are empty, missing numbers None") {
  const auto who = login("a", "imap", "81.2.69.160");
  Facts facts;
  facts.geo_asn = known(GeoAsn{20712, ""}, Provenance::local);
  CHECK(badclients::audit::maxmind_line(who, facts).value() ==
        "mail-audit-maxmind: user=<a>, service=imap, ip=81.2.69.160, asn=AS20712, as_org=<>, "
        "city=<>, country=<>, continent=<>, registered_country=<>, lat=None, lon=None, rad=None");

  facts = {};
  GeoCity city;
  city.city = Place{0, "", "Nowhere"};
  facts.geo_city = known(city, Provenance::local);
  CHECK_THAT(*badclients::audit::maxmind_line(who, facts),
             ContainsSubstring("asn=None, as_org=<>, city=<Nowhere/>, country=<>"));
}

TEST_CASE("there is no maxmind line where no database knows the address") {
  const auto who = login("a", "imap", "81.2.69.160");
  Facts facts;
  CHECK_FALSE(badclients::audit::maxmind_line(who, facts));
  facts.geo_city.knowledge = Knowledge::failed;
  facts.geo_asn = known(GeoAsn{}, Provenance::local);
  CHECK_FALSE(badclients::audit::maxmind_line(who, facts));
  facts.geo_city = known(GeoCity{}, Provenance::local);
  CHECK_FALSE(badclients::audit::maxmind_line(who, facts));
}
