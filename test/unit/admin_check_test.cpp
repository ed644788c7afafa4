#include "admin/check_report.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using admin::Report;

namespace {

const facts::Time now{std::chrono::seconds{1'751'630'400}};  // 2025-07-04T12:00:00Z

template <class T>
facts::Fact<T> learnt(T value, const char* source, facts::Provenance from, std::chrono::hours age) {
  return {facts::Knowledge::known, from, std::move(value), source, "", now - age, now - age + 24h};
}

/// What a GeoIP database says has no dates.
template <class T>
facts::Fact<T> of_database(T value, const char* source) {
  facts::Fact<T> fact;
  fact.knowledge = facts::Knowledge::known;
  fact.from = facts::Provenance::local;
  fact.value = std::move(value);
  fact.source = source;
  return fact;
}

/// A login from New Outlook's cloud, refused by ip_net.
Report refused() {
  Report report;
  report.now = now;
  report.login = {"alice", "imap", net::Address::parse("52.97.246.245").value(), ""};
  report.wanted.reverse_names = report.wanted.origin = report.wanted.as_description = true;
  report.wanted.registration = true;
  auto& facts = report.facts;
  using facts::Provenance;
  facts.reverse_names = learnt(facts::ReverseNames{}, "dns", Provenance::asked, 0h);
  facts.origin =
      learnt(facts::Origin{{8075}, net::Network::parse("52.96.0.0/14").value(), "US", "arin"},
             "dns", Provenance::cache, 3h);
  facts.as_descriptions = {learnt(facts::AsDescription{8075, "MICROSOFT-CORP-MSN-AS-BLOCK, US"},
                                  "dns", Provenance::stale_cache, 30h)};
  facts.registration.knowledge = facts::Knowledge::failed;
  facts.registration.source = "whois.arin.net";
  facts.registration.trouble = "whois.arin.net: connection refused";
  facts.registration.learnt = now;
  facts.registration.expires = now + 10min;
  report.matches = {{lists::Action::deny, "ip_net", "ip_net.deny.lst:12", "52.96.0.0/14", ""}};
  report.verdict.decision = facts::Verdict::Decision::deny;
  report.verdict.matched = "ip_net";
  report.verdict.rule = "ip_net.deny.lst:12";
  report.local = true;
  report.audit_line = "mail-audit: user=<alice>, ...";
  return report;
}

std::string text(const Report& report) {
  return admin::as_text(report, config::Config());
}
nlohmann::ordered_json json(const Report& report) {
  return admin::as_json(report, config::Config());
}

}  // namespace

TEST_CASE("the text shows every fact with its value, source and age") {
  const auto shown = text(refused());
  CHECK_THAT(shown, ContainsSubstring("address  52.97.246.245\nuser     alice\nservice  imap\n"));
  CHECK_THAT(shown, ContainsSubstring("dns, asked now\n"));
  CHECK_THAT(shown, ContainsSubstring("AS8075"));
  CHECK_THAT(shown, ContainsSubstring("52.96.0.0/14"));
  CHECK_THAT(shown, ContainsSubstring("dns, cached 3 h ago, good for 21 h"));
  CHECK_THAT(shown, ContainsSubstring("dns, stale: 1 d old, expired 6 h ago"));
}

TEST_CASE("the text says why a fact is not known") {
  auto report = refused();
  CHECK_THAT(text(report), ContainsSubstring("whois.arin.net: connection refused"));
  CHECK_THAT(text(report), ContainsSubstring("no database (maxmind/geo_city)"));

  report.facts.registration.from = facts::Provenance::cache;
  report.facts.registration.learnt = now - 3min;
  report.facts.registration.expires = now + 7min;
  CHECK_THAT(text(report), ContainsSubstring("refused; that was 3 min ago, asked again in 7 min"));

  report.facts.registration = {};
  report.offline = true;
  CHECK_THAT(text(report), ContainsSubstring("not in the cache, and --offline"));
  report.wanted.registration = false;
  CHECK_THAT(text(report), ContainsSubstring("no rule looks at it"));
  config::Config config;
  config.lookup.registration.clear();
  CHECK_THAT(admin::as_text(report, config), ContainsSubstring("lookup/registration = none"));
  report.login.scope.special_purpose = "Loopback";
  CHECK_THAT(text(report), ContainsSubstring("special-purpose addresses belong to nobody"));
}

TEST_CASE("the text shows each matching rule with its place, the verdict, and the audit line") {
  auto report = refused();
  auto shown = text(report);
  CHECK_THAT(shown, ContainsSubstring("  deny  ip_net.deny.lst:12  52.96.0.0/14\n"));
  CHECK_THAT(shown, ContainsSubstring("Verdict\n  denied: ip_net in ip_net.deny.lst:12\n"));
  CHECK_THAT(shown, ContainsSubstring("  mail-audit: user=<alice>, ...\n"));

  report.verdict.decision = facts::Verdict::Decision::allow;
  report.verdict.would_block = true;
  CHECK_THAT(text(report),
             ContainsSubstring("allowed in monitor mode; would be denied: ip_net in ip"));

  report.verdict = {};
  report.matches.clear();
  shown = text(report);
  CHECK_THAT(shown, ContainsSubstring("Rules that match\n  none\n"));
  CHECK_THAT(shown, ContainsSubstring("allowed: nothing refuses it"));

  report.login.scope.disabled = true;
  report.verdict.matched = "service";
  report.verdict.decision = facts::Verdict::Decision::deny;
  CHECK_THAT(text(report), ContainsSubstring("denied: the service is one of"));
  report.login.scope.disabled = false;
  report.verdict.matched = "on_error";
  report.verdict.decision = facts::Verdict::Decision::tempfail;
  CHECK_THAT(text(report), ContainsSubstring("undecided: a fact that some rule needs"));
  report.verdict = {};
  report.login.scope.special_purpose = "Loopback";
  CHECK_THAT(text(report), ContainsSubstring("allowed: a special-purpose address is never"));

  report.verdict.logged = false;
  CHECK_THAT(text(report), !ContainsSubstring("mail-audit:"));
}

TEST_CASE("the text names the address that counts, and the special-purpose block") {
  auto report = refused();
  report.login.address = net::Address::parse("64:ff9b::10.0.0.1").value();
  report.login.scope.special_purpose = "Private-Use Networks";
  const auto shown = text(report);
  CHECK_THAT(shown, ContainsSubstring("64:ff9b::a00:1"));
  CHECK_THAT(shown, ContainsSubstring("10.0.0.1, the IPv4 address that it carries"));
  CHECK_THAT(shown, ContainsSubstring("Private-Use Networks"));

  report.login.scope.ignored = net::Network::parse("10.0.0.0/8").value();
  CHECK_THAT(text(report), ContainsSubstring("10.0.0.0/8 of general/ignore_networks"));
  CHECK(json(report).at("ignored") == "10.0.0.0/8");
  CHECK(json(report).at("counts_as") == "10.0.0.1");
}

TEST_CASE("no line of the text ends in a space, and no foreign byte reaches the terminal") {
  auto report = refused();
  const std::string evil = "evil\x1b]0;title\x07\xff\xe2\x80\xae";
  report.login.user = report.login.service = report.login.client_id = evil;
  report.facts.reverse_names.value = {{evil, facts::Confirmed::no}};
  report.facts.as_descriptions.at(0).value.text = evil;
  report.facts.registration = learnt(facts::Registration{evil, evil, {evil, evil}, {}}, "whois\x1b",
                                     facts::Provenance::asked, 0h);
  report.facts.geo_city = of_database(facts::GeoCity{}, "x.mmdb");
  report.facts.geo_city.value.city = facts::Place{1, evil, evil};
  report.facts.geo_asn = of_database(facts::GeoAsn{1, evil}, "y.mmdb");
  report.matches = {{lists::Action::deny, evil, evil, evil, evil}};
  report.verdict.matched = report.verdict.rule = report.verdict.client = evil;
  report.verdict.message = evil;
  const auto shown = text(report);
  CHECK(shown.find('\x1b') == std::string::npos);
  CHECK(shown.find('\x07') == std::string::npos);
  CHECK(shown.find('\xff') == std::string::npos);
  CHECK(shown.find("\xe2\x80\xae") == std::string::npos);
  CHECK(shown.find(" \n") == std::string::npos);
  CHECK_THAT(shown, ContainsSubstring("evil\\x1b]0;title\\x07\\xff\\xe2\\x80\\xae"));
}

TEST_CASE("the JSON has the same facts under stable keys") {
  const auto shown = json(refused());
  CHECK(shown.at("address") == "52.97.246.245");
  CHECK(shown.at("counts_as") == "52.97.246.245");
  CHECK(shown.at("special_purpose").is_null());
  CHECK(shown.at("client_id").is_null());
  const auto& facts = shown.at("facts");
  CHECK(facts.at("reverse_names").at("state") == "fresh");
  CHECK(facts.at("reverse_names").at("value") == nlohmann::ordered_json::array());
  const auto& origin = facts.at("origin");
  CHECK(origin.at("state") == "cached");
  CHECK(origin.at("source") == "dns");
  CHECK(origin.at("learnt") == "2025-07-04T09:00:00Z");
  CHECK(origin.at("expires") == "2025-07-05T09:00:00Z");
  CHECK(origin.at("age_seconds") == 3 * 3600);
  CHECK(origin.at("value").at("asns") == nlohmann::ordered_json{"AS8075"});
  CHECK(origin.at("value").at("prefix") == "52.96.0.0/14");
  CHECK(facts.at("as_description").at("state") == "stale");
  CHECK(facts.at("other_as_descriptions").empty());
  CHECK(facts.at("registration").at("state") == "unknown");
  CHECK(facts.at("registration").at("why") == "whois.arin.net: connection refused");
  CHECK(facts.at("registration").at("value").is_null());
  CHECK(facts.at("registration").at("learnt") == "2025-07-04T12:00:00Z");
  CHECK(facts.at("geo_city").at("state") == "not_asked");
  CHECK(facts.at("dnsbl") == nlohmann::ordered_json::array());
  CHECK(shown.at("matches").at(0).at("rule") == "ip_net.deny.lst:12");
  CHECK(shown.at("matches").at(0).at("action") == "deny");
  CHECK(shown.at("matches").at(0).at("client").is_null());
  CHECK(shown.at("verdict").at("decision") == "deny");
  CHECK(shown.at("verdict").at("without_network") == true);
  CHECK(shown.at("logged") == true);
  CHECK(shown.at("audit_line") == "mail-audit: user=<alice>, ...");
  CHECK(shown.at("warnings").empty());
}

TEST_CASE("what GeoIP and DNSBLs know is in the JSON, field by field") {
  auto report = refused();
  facts::GeoCity city;
  city.city = facts::Place{4744870, "", "Ashburn"};
  city.subdivisions = {{6254928, "VA", "Virginia"}};
  city.location = facts::Circle{39.0469, -77.4903, 1000};
  report.facts.geo_city = of_database(city, "City.mmdb");
  report.facts.geo_anonymous = of_database(std::vector<std::string>{"is_anonymous"}, "A.mmdb");
  report.facts.dnsbl.push_back(
      learnt(facts::DnsblListing{"zen.example", {net::Address::v4(0x7f000002)}, "spam"}, "dns",
             facts::Provenance::asked, 0h));
  const auto facts = json(report).at("facts");
  CHECK(facts.at("geo_city").at("state") == "local");
  CHECK(facts.at("geo_city").at("learnt").is_null());
  CHECK(facts.at("geo_city").at("value").at("city").at("geoname_id") == 4744870);
  CHECK(facts.at("geo_city").at("value").at("city").at("code").is_null());
  CHECK(facts.at("geo_city").at("value").at("country").is_null());
  CHECK(facts.at("geo_city").at("value").at("subdivisions").at(0).at("code") == "VA");
  CHECK(facts.at("geo_city").at("value").at("location").at("radius_km") == 1000);
  CHECK(facts.at("geo_anonymous").at("value") == nlohmann::ordered_json{"is_anonymous"});
  CHECK(facts.at("dnsbl").at(0).at("value").at("zone") == "zen.example");
  CHECK(facts.at("dnsbl").at(0).at("value").at("answers") == nlohmann::ordered_json{"127.0.0.2"});

  const auto shown = text(report);
  CHECK_THAT(shown, ContainsSubstring("Ashburn (GeoName ID 4744870)"));
  CHECK_THAT(shown, ContainsSubstring("Virginia, VA (GeoName ID 6254928)"));
  CHECK_THAT(shown, ContainsSubstring("39.0469, -77.4903 within 1000 km"));
  CHECK_THAT(shown, ContainsSubstring("DNSBL zen.example"));
  CHECK_THAT(shown, ContainsSubstring("listed: 127.0.0.2"));
}

TEST_CASE("bytes that are not UTF-8 do not break the JSON") {
  auto report = refused();
  report.login.user = "M\xfcller\x1b";
  const auto dumped =
      json(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  CHECK_THAT(dumped, ContainsSubstring("M\xef\xbf\xbdller\\u001b"));
  CHECK(nlohmann::ordered_json::parse(dumped).at("verdict").at("decision") == "deny");
}

TEST_CASE("the exit code of check tells the decision") {
  auto report = refused();
  CHECK(admin::exit_code(report) == 1);
  report.verdict.decision = facts::Verdict::Decision::allow;
  CHECK(admin::exit_code(report) == 0);
  report.verdict.decision = facts::Verdict::Decision::tempfail;
  CHECK(admin::exit_code(report) == 2);
}
