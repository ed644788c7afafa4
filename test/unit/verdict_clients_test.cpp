// Decider: client rules.

#include <memory>

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Clause;
using lists::ClientMode;
using lists::Field;
using Decision = facts::Verdict::Decision;

namespace {

const auto is = Rules::is;
const auto is_not = Rules::is_not;

VerdictCase with(std::vector<Clause> clauses) {
  VerdictCase one;
  one.rules.client({"c", "Client C", "Vendor", "", "", ClientMode::as_configured});
  one.rules.rule(std::move(clauses));
  return one;
}

bool refused(std::vector<Clause> clauses) {
  return with(std::move(clauses)).decide().refused();
}

/// A clause a field: one that holds for VerdictCase::some_facts(), one that does not.
struct Row {
  Field field;
  const char *right, *wrong;
};
const std::vector<Row> rows{
    {Field::ip_net, "52.97.0.0/16", "52.98.0.0/16"},
    {Field::rev_host, "mail%..*", "mail"},
    {Field::asn, "AS64501", "AS1"},
    {Field::as_cc, "US", "RU"},
    {Field::as_dscr, "EXAMPLE.*", "x"},
    {Field::net_cc, "RU", "US"},
    {Field::net_name, "EXAMPLE.*", "x"},
    {Field::entity, "mail-ru", "x"},
    {Field::dnsbl, "zen.example", "zen.example=127.0.0.2"},
    {Field::client_id, ".*Outlook.*", "x"},
    {Field::maxmind_as_org, "Example.*", "x"},
    {Field::maxmind_geo_loc, "6254928", "1"},
    {Field::maxmind_geo_cc, "US", "DE"},
    {Field::maxmind_coords, "39,-77.5,50,0.5", "0,0,1,0.5"},
    {Field::maxmind_anonymous, "is_hosting_provider", "is_tor_exit_node"},
    {Field::user, "al.*", "bob"},
    {Field::service, "imap", "pop3"},
    {Field::master, "bo.*", "alice"},
};

}  // namespace

TEST_CASE("a matching client rule refuses, and the verdict names client, rule and message") {
  auto one = with({is(Field::asn, {"AS1"})});
  one.rules.rule({is(Field::asn, {"AS64500"})});
  one.config.general.deny_message = "General.";
  auto verdict = one.decide();
  CHECK(verdict.decision == Decision::deny);
  CHECK(verdict.matched == "client");
  CHECK(verdict.client == "Client C");
  CHECK(verdict.rule == "clients/c.client:2");
  CHECK(verdict.message == "General.");

  VerdictCase other;
  other.config.general.deny_message = "General.";
  other.rules.client({"d", "", "", "", "Please use another app.", ClientMode::as_configured});
  other.rules.rule({is(Field::user, {"alice"})});
  verdict = other.decide();
  CHECK(verdict.client == "d");
  CHECK(verdict.message == "Please use another app.");
}

TEST_CASE("a clause of every field holds for its value, and negated for every other") {
  for (const auto& row : rows) {
    INFO(lists::name(row.field));
    CHECK(refused({is(row.field, {row.right})}));
    CHECK_FALSE(refused({is(row.field, {row.wrong})}));
    CHECK(refused({is(row.field, {row.wrong, row.right})}));
    CHECK_FALSE(refused({is_not(row.field, {row.right})}));
    CHECK(refused({is_not(row.field, {row.wrong})}));
    CHECK_FALSE(refused({is_not(row.field, {row.wrong, row.right})}));
  }
}

TEST_CASE("all clauses of a rule must hold, whichever leads to it") {
  for (const auto& a : rows) {
    for (const auto& b : rows) {
      if (a.field == b.field) continue;
      INFO(lists::name(a.field) << " " << lists::name(b.field));
      CHECK(refused({is(a.field, {a.right}), is(b.field, {b.right})}));
      CHECK_FALSE(refused({is(a.field, {a.right}), is(b.field, {b.wrong})}));
      CHECK(refused({is(a.field, {a.right}), is_not(b.field, {b.wrong})}));
      CHECK_FALSE(refused({is(a.field, {a.right}), is_not(b.field, {b.right})}));
      CHECK(refused({is_not(a.field, {a.wrong}), is_not(b.field, {b.wrong})}));
    }
  }
}

TEST_CASE("one field may be asked for a value and against another in one rule") {
  const auto network = [](const char* inner) {
    return refused({is(Field::ip_net, {"52.96.0.0/14"}), is_not(Field::ip_net, {inner})});
  };
  CHECK(network("52.98.0.0/16"));
  CHECK_FALSE(network("52.97.0.0/16"));
  CHECK(refused({is(Field::entity, {"mail-ru"}), is_not(Field::entity, {"x"})}));
  CHECK_FALSE(refused({is(Field::entity, {"mail-ru"}), is_not(Field::entity, {"org-1-ripe"})}));
}

TEST_CASE("the verdict of a client names the AS that its rule is about") {
  const auto as_of = [](const std::vector<lists::Clause>& clauses) {
    return with(clauses).decide().asn;
  };
  CHECK(as_of({is(Field::asn, {"AS64501", "AS1"})}) == 64501);
  CHECK(as_of({is(Field::as_dscr, {"nothing", "OTHER.*"})}) == 64501);
  CHECK(as_of({is(Field::user, {"alice"}), is_not(Field::asn, {"AS1"})}) == 0);
  CHECK(as_of({is(Field::user, {"alice"})}) == 0);
}

TEST_CASE("a negated clause exempts an AS by its whole description only") {
  const auto exempted = [](const char* value) {
    auto one = with({is(Field::user, {"alice"}), is_not(Field::as_dscr, {value})});
    return !one.decide().refused();
  };
  CHECK(exempted("'OTHER-AS - Other Hosting, DE"));
  CHECK_FALSE(exempted("'OTHER-AS, DE"));
  CHECK(refused({is(Field::as_dscr, {"'OTHER-AS, DE"})}));
}

TEST_CASE("a login without a master is no master's, and an allow entry compares the user alone") {
  auto one = with({is(Field::master, {".*"})});
  CHECK(one.decide().refused());
  one.rules.allow(Field::user, "boss");
  CHECK(one.decide().refused());
  one.login.master.clear();
  CHECK_FALSE(one.decide().refused());
  auto other = with({is_not(Field::master, {"boss"})});
  CHECK_FALSE(other.decide().refused());
  other.login.master.clear();
  CHECK(other.decide().refused());
}

TEST_CASE("a clause on an unknown fact does not hold, negated or not") {
  for (const bool negated : {false, true}) {
    for (const auto& row : rows) {
      INFO(lists::name(row.field));
      if (row.field == Field::ip_net || row.field == Field::user) continue;
      if (row.field == Field::master) continue;  // Dovecot always says whether there is one
      auto one = with({{row.field, negated, {negated ? row.wrong : row.right}}});
      CHECK(one.decide().refused());
      one.facts = {};
      one.login.client_id.clear();
      one.login.service.clear();
      CHECK_FALSE(one.decide().refused());
    }
  }
}

TEST_CASE("what is known to be absent has no value, so a negated clause holds") {
  auto abroad = with({is(Field::user, {"alice"}), is_not(Field::maxmind_geo_cc, {"DE"})});
  abroad.facts.geo_city = VerdictCase::known(facts::GeoCity{});
  CHECK(abroad.decide().refused());
  auto nameless = with({is_not(Field::rev_host, {".*%.example%.com"})});
  nameless.facts.reverse_names.value.clear();
  CHECK(nameless.decide().refused());
  auto named = with({is_not(Field::rev_host, {"<>"})});
  CHECK(named.decide().refused());
  named.facts.reverse_names.value.clear();
  CHECK_FALSE(named.decide().refused());
}

TEST_CASE("that MaxMind knows an AS does not say that the origin is no other") {
  auto one = with({is_not(Field::asn, {"AS1"})});
  one.facts.origin = VerdictCase::failed<facts::Origin>();
  CHECK_FALSE(one.decide().refused());
  one.facts.origin = {};
  CHECK(one.decide().refused());
}

TEST_CASE("a negated DNSBL clause needs the answer of every zone") {
  auto one = with({is_not(Field::dnsbl, {"a.example", "b.example"})});
  const auto clean = [](const char* zone) {
    return VerdictCase::known(facts::DnsblListing{zone, {}, ""});
  };
  one.facts.dnsbl = {clean("a.example"), clean("b.example")};
  CHECK(one.decide().refused());
  one.facts.dnsbl = {clean("a.example")};
  CHECK_FALSE(one.decide().refused());
  const auto lame = [](const char* zone) {
    return VerdictCase::failed(facts::DnsblListing{zone, {}, ""});
  };
  one.config.general.on_error = config::OnError::tempfail;
  one.facts.dnsbl = {lame("a.example"), clean("b.example")};
  CHECK(one.decide().decision == Decision::tempfail);
  one.facts.dnsbl = {clean("a.example"), lame("b.example")};
  CHECK(one.decide().decision == Decision::tempfail);
  for (const auto* zone : {"a.example", "b.example"}) {
    one.facts.dnsbl = {lame(zone)};  // the other was not asked
    CHECK(one.decide().decision == Decision::tempfail);
  }
}

TEST_CASE("the address that counts and the one that carries it are both in a clause") {
  for (const auto* network : {"52.97.0.0/16", "2002::/16"}) {
    auto one = with({is(Field::ip_net, {network})});
    one.login.address = net::Address::parse("2002:3461:f6f5::1").value();
    CHECK(one.decide().refused());
    auto other = with({is(Field::user, {"alice"}), is_not(Field::ip_net, {network})});
    other.login.address = one.login.address;
    CHECK_FALSE(other.decide().refused());
  }
}

TEST_CASE("lists decide before clients") {
  auto one = with({is(Field::user, {"alice"})});
  one.rules.deny(Field::maxmind_anonymous, "is_anonymous");
  CHECK(one.decide().matched == "maxmind:anonymous:is_anonymous");
  one.rules.allow(Field::maxmind_anonymous, "is_anonymous");
  CHECK(one.decide().decision == Decision::allow);
}

TEST_CASE("a client in monitor mode refuses nobody, and keeps nobody from being refused") {
  VerdictCase one;
  one.rules.client({"m", "Monitored", "", "", "Hello.", ClientMode::monitor});
  one.rules.rule({is(Field::user, {"alice"})});
  auto verdict = one.decide();
  CHECK(verdict.decision == Decision::allow);
  CHECK(verdict.would_block);
  CHECK(verdict.matched == "client");
  CHECK(verdict.client == "Monitored");
  CHECK(verdict.rule == "clients/m.client:1");
  CHECK(verdict.message.empty());
  CHECK_FALSE(one.before_facts());

  auto doubtful = one;
  doubtful.config.general.on_error = config::OnError::deny;
  doubtful.rules.deny(Field::net_name, "x");
  doubtful.facts.registration = VerdictCase::failed<facts::Registration>();
  CHECK(doubtful.decide().decision == Decision::deny);
  CHECK(doubtful.decide().matched == "on_error");

  one.rules.client({"e", "Enforced", "", "", "", ClientMode::as_configured});
  one.rules.rule({is(Field::user, {"al.*"})});
  verdict = one.decide();
  CHECK(verdict.decision == Decision::deny);
  CHECK(verdict.client == "Enforced");
  CHECK(one.before_facts());

  one.config.general.mode = config::Mode::monitor;
  verdict = one.decide();
  CHECK(verdict.decision == Decision::allow);
  CHECK(verdict.would_block);
  CHECK(verdict.client == "Enforced");  // who it would be in earnest
}

TEST_CASE("of several monitored clients the first that matches is named") {
  VerdictCase one;
  for (const auto* name : {"a", "b"}) {
    one.rules.client({name, "", "", "", "", ClientMode::monitor});
    one.rules.rule({is(Field::user, {"alice"})});
  }
  CHECK(one.decide().client == "a");
}

TEST_CASE("a client rule that the login alone decides needs no facts") {
  auto one = with({is(Field::user, {"alice"}), is_not(Field::service, {"smtp"})});
  REQUIRE(one.before_facts());
  CHECK(one.before_facts()->client == "Client C");
  one.rules.allow(Field::asn, "AS1");
  CHECK_FALSE(one.before_facts());
  CHECK_FALSE(with({is(Field::user, {"alice"}), is(Field::asn, {"AS64500"})}).before_facts());
}

TEST_CASE("on_error speaks for a client rule that only a failed fact keeps from matching") {
  const auto decided = [](std::vector<Clause> clauses) {
    auto one = with(std::move(clauses));
    one.config.general.on_error = config::OnError::tempfail;
    one.facts.geo_city = VerdictCase::failed<facts::GeoCity>();
    one.facts.registration = {};
    return one.decide().decision;
  };
  CHECK(decided({is(Field::maxmind_geo_cc, {"DE"})}) == Decision::tempfail);
  CHECK(decided({is_not(Field::maxmind_geo_cc, {"DE"})}) == Decision::tempfail);
  CHECK(decided({is(Field::user, {"alice"}), is_not(Field::maxmind_geo_cc, {"DE"})}) ==
        Decision::tempfail);
  CHECK(decided({is(Field::ip_net, {"52.97.0.0/16"}), is(Field::maxmind_coords, {"0,0,1,1"})}) ==
        Decision::tempfail);
  // Another clause settles it: it is another user, another network.
  CHECK(decided({is(Field::user, {"ceo"}), is_not(Field::maxmind_geo_cc, {"DE"})}) ==
        Decision::allow);
  CHECK(decided({is(Field::ip_net, {"192.0.2.0/24"}), is(Field::maxmind_coords, {"0,0,1,1"})}) ==
        Decision::allow);
  // Nobody may ask for registrations, so the rule can never match.
  CHECK(decided({is(Field::net_name, {"x"}), is(Field::maxmind_geo_cc, {"DE"})}) ==
        Decision::allow);
  CHECK(decided({is(Field::asn, {"AS1"})}) == Decision::allow);
}

TEST_CASE("a network that several rules name is in each of them, around a narrower one, too") {
  VerdictCase one;
  for (const auto* service : {"pop3", "smtp", "imap"}) {
    one.rules.client({service, "", "", "", "", ClientMode::as_configured});
    one.rules.rule({is(Field::ip_net, {"52.96.0.0/14"}), is(Field::service, {service})});
  }
  one.rules.rule({is(Field::ip_net, {"52.97.0.0/16"}), is(Field::service, {"sieve"})});
  CHECK(one.decide().client == "imap");
}

TEST_CASE("among many rules the right ones are found, the first in the order of reading") {
  VerdictCase one;
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::to_string(i);
    one.rules.client({"c" + number, "", "", "", "", ClientMode::as_configured});
    one.rules.rule({is(Field::ip_net, {fmt::format("10.{}.{}.0/24", i / 256, i % 256)}),
                    is(Field::service, {"imap"})});
    one.rules.rule({is(Field::asn, {"AS" + number}), is(Field::service, {"imap"})});
  }
  CHECK_FALSE(one.decide().refused());
  one.facts.origin.value.asns = {1500, 7};
  CHECK(one.decide().rule == "clients/c7.client:2");
  one.login.service = "pop3";
  CHECK_FALSE(one.decide().refused());
}

TEST_CASE("a rule compares the names of a file whole, whatever their case") {
  const auto file = [](std::vector<std::string> names) {
    return std::make_shared<const lists::NameList>(lists::NameList{"f", std::move(names)});
  };
  const auto names = [&](bool negated, std::vector<lists::NameFile> files,
                         std::vector<std::string> patterns = {}) {
    Clause clause{Field::user, negated, std::move(patterns)};
    clause.names = std::move(files);
    return clause;
  };
  const auto refuses = [&](std::vector<Clause> clauses, const char* user) {
    auto one = with(std::move(clauses));
    one.login.user = user;
    return one.decide().refused();
  };
  const auto some = file({"alice", "bob@example.org"});
  const auto others = file({"dave"});
  for (const bool anchored_elsewhere : {false, true}) {
    CAPTURE(anchored_elsewhere);
    const auto rule = [&](Clause clause) {
      std::vector<Clause> clauses{std::move(clause)};
      if (anchored_elsewhere) clauses.push_back(is(Field::asn, {"AS64500"}));
      return clauses;
    };
    CHECK(refuses(rule(names(false, {some})), "alice"));
    CHECK(refuses(rule(names(false, {some})), "Bob@Example.ORG"));
    CHECK(refuses(rule(names(false, {some, others})), "dave"));
    CHECK_FALSE(refuses(rule(names(false, {some})), "dave"));
    CHECK_FALSE(refuses(rule(names(false, {some})), "alic"));
    CHECK_FALSE(refuses(rule(names(false, {some})), "alice2"));
    // Beside patterns: any of them.
    CHECK(refuses(rule(names(false, {some}, {"er.*"})), "erin"));
    CHECK(refuses(rule(names(false, {some}, {"er.*"})), "alice"));
    CHECK_FALSE(refuses(rule(names(false, {some}, {"er.*"})), "dave"));
    CHECK_FALSE(refuses(rule(names(true, {some})), "ALICE"));
    CHECK(refuses(rule(names(true, {some})), "dave"));
    CHECK_FALSE(refuses(rule(names(true, {some}, {"er.*"})), "erin"));
    CHECK(refuses(rule(names(true, {some}, {"er.*"})), "dave"));
  }
  // The names of one rule are not another's.
  auto two = with({names(false, {some}), is(Field::asn, {"AS1"})});
  two.rules.rule({names(false, {others}), is(Field::asn, {"AS64500"})});
  two.login.user = "alice";
  CHECK_FALSE(two.decide().refused());
  two.login.user = "dave";
  CHECK(two.decide().refused());
}
