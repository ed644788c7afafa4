// Decider: what comes before and after the lists.

#include "verdict/decider.hpp"

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Field;
using Decision = facts::Verdict::Decision;

namespace {

void ignore(VerdictCase& one, const char* network) {
  one.config.general.ignore_networks.push_back(net::Network::parse(network).value());
}

VerdictCase refusing() {
  VerdictCase one;
  one.rules.deny(Field::ip_net, "0.0.0.0/0").deny(Field::ip_net, "::/0");
  return one;
}

}  // namespace

TEST_CASE("a disabled service is refused before anything else is looked at") {
  for (const auto* address : {"52.97.246.245", "10.0.0.1", ""}) {
    VerdictCase one;
    one.config.general.disabled_services = {"pop3", "imap"};
    one.config.general.deny_message = "Not here.";
    one.rules.allow(Field::user, "alice");
    one.login.service = "IMAP";
    one.login.address.reset();
    if (*address != '\0') one.login.address = net::Address::parse(address).value();
    ignore(one, "52.97.0.0/16");
    for (const auto& verdict : {one.decide(), one.before_facts().value()}) {
      CHECK(verdict.decision == Decision::deny);
      CHECK(verdict.matched == "service");
      CHECK(verdict.rule.empty());
      CHECK(verdict.message == "Not here.");
      CHECK(verdict.logged);
    }
    one.login.service = "imaps";
    CHECK(one.decide().decision == Decision::allow);
  }
}

TEST_CASE("a special-purpose address is never refused, and logged only with log_local") {
  for (const auto* address : {"10.1.2.3", "::1", "2002:0a00:0001::1", "64:ff9b::192.168.0.1"}) {
    for (const bool log_local : {false, true}) {
      auto one = refusing();
      one.login.address = net::Address::parse(address).value();
      one.config.general.log_local = log_local;
      for (const auto& verdict : {one.decide(), one.before_facts().value()}) {
        CHECK(verdict.decision == Decision::allow);
        CHECK_FALSE(verdict.would_block);
        CHECK(verdict.logged == log_local);
        CHECK(verdict.matched.empty());
      }
    }
  }
}

TEST_CASE("a missing address is allowed and logged") {
  auto one = refusing();
  one.rules.client({"c", "C", "", "", "", {}});
  one.rules.rule({Rules::is(Field::user, {"alice"})});
  one.login.address.reset();
  for (const auto& verdict : {one.decide(), one.before_facts().value()}) {
    CHECK(verdict.decision == Decision::allow);
    CHECK(verdict.logged);
  }
}

TEST_CASE("ignored networks are never refused and never logged") {
  for (const auto* address : {"52.97.246.245", "64:ff9b::52.97.246.245", "10.0.0.1"}) {
    auto one = refusing();
    one.login.address = net::Address::parse(address).value();
    one.config.general.log_local = true;
    ignore(one, "52.97.246.0/24");
    ignore(one, "10.0.0.1/32");
    for (const auto& verdict : {one.decide(), one.before_facts().value()}) {
      CHECK(verdict.decision == Decision::allow);
      CHECK_FALSE(verdict.logged);
    }
  }
  auto outside = refusing();
  ignore(outside, "52.97.247.0/24");
  CHECK(outside.decide().decision == Decision::deny);
  auto carrier = refusing();
  carrier.login.address = net::Address::parse("2002:3461:f6f5::1").value();
  ignore(carrier, "2002::/16");
  CHECK(carrier.decide().decision == Decision::allow);
}

TEST_CASE("monitor mode refuses nobody and says who would have been") {
  VerdictCase one;
  one.config.general.mode = config::Mode::monitor;
  one.config.general.deny_message = "No.";
  one.rules.deny(Field::asn, "AS64500");
  const auto verdict = one.decide();
  CHECK(verdict.decision == Decision::allow);
  CHECK(verdict.would_block);
  CHECK(verdict.matched == "asn");
  CHECK(verdict.rule == "asn.deny.lst:1");
  CHECK(verdict.message.empty());

  one.login.service = "pop3";
  one.config.general.disabled_services = {"pop3"};
  CHECK(one.decide().decision == Decision::allow);
  CHECK(one.decide().would_block);
  CHECK(one.decide().matched == "service");

  one.login.service = "imap";
  one.rules.allow(Field::user, "alice");
  CHECK_FALSE(one.decide().would_block);
  CHECK(one.decide().matched == "user");
}

namespace {

/// The facts that `field` depends on, all failed.
void fail(facts::Facts& facts, Field field) {
  const auto fail_one = [](auto& fact) { fact.knowledge = facts::Knowledge::failed; };
  switch (field) {
    case Field::rev_host:
      return fail_one(facts.reverse_names);
    case Field::asn:
    case Field::as_cc:
      return fail_one(facts.origin);
    case Field::as_dscr:
      return fail_one(facts.as_descriptions.at(0));
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      return fail_one(facts.registration);
    case Field::dnsbl:
      return fail_one(facts.dnsbl.front());
    case Field::maxmind_as_org:
      return fail_one(facts.geo_asn);
    case Field::maxmind_anonymous:
      return fail_one(facts.geo_anonymous);
    default:
      return fail_one(facts.geo_city);
  }
}

const std::vector<std::pair<Field, const char*>> no_match{
    {Field::rev_host, "x"},
    {Field::asn, "AS1"},
    {Field::as_cc, "CN"},
    {Field::as_dscr, "x"},
    {Field::net_cc, "CN"},
    {Field::net_name, "x"},
    {Field::entity, "x"},
    {Field::dnsbl, "zen.example=127.0.0.9"},
    {Field::maxmind_as_org, "x"},
    {Field::maxmind_geo_loc, "1"},
    {Field::maxmind_geo_cc, "CN"},
    {Field::maxmind_coords, "0,0,1,1"},
    {Field::maxmind_anonymous, "is_tor_exit_node"}};

}  // namespace

TEST_CASE("on_error speaks where a fact failed that a deny list looks at") {
  for (const auto& [field, entry] : no_match) {
    INFO(lists::name(field));
    VerdictCase one;
    one.config.general.deny_message = "No.";
    one.config.general.on_error = config::OnError::deny;
    fail(one.facts, field);
    CHECK(one.decide().decision == Decision::allow);  // no list looks at it
    one.rules.deny(field, entry);
    CHECK(one.decide().decision == Decision::deny);
    CHECK(one.decide().matched == "on_error");
    CHECK(one.decide().rule.empty());
    CHECK(one.decide().message == "No.");
    one.config.general.on_error = config::OnError::tempfail;
    CHECK(one.decide().decision == Decision::tempfail);
    CHECK(one.decide().matched == "on_error");
    CHECK(one.decide().message.empty());
    one.config.general.on_error = config::OnError::allow;
    CHECK(one.decide().decision == Decision::allow);
    CHECK(one.decide().matched.empty());

    one.config.general.on_error = config::OnError::deny;
    one.facts = VerdictCase::some_facts();
    CHECK(one.decide().decision == Decision::allow);  // known, and no match
    one.facts = {};
    CHECK(one.decide().decision == Decision::allow);  // nobody asked
  }
}

TEST_CASE("on_error is silent where a rule matched, or where only allow entries are in doubt") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::tempfail;
  fail(one.facts, Field::net_name);
  one.rules.allow(Field::net_name, "x");
  CHECK(one.decide().decision == Decision::allow);
  one.rules.deny(Field::net_name, "x");
  CHECK(one.decide().decision == Decision::tempfail);
  auto allowed = one;
  allowed.rules.allow(Field::user, "alice");
  CHECK(allowed.decide().matched == "user");
  auto denied = one;
  denied.rules.deny(Field::maxmind_geo_cc, "US");
  CHECK(denied.decide().matched == "maxmind:geo_cc");
  one.config.general.mode = config::Mode::monitor;
  CHECK(one.decide().decision == Decision::allow);
  CHECK(one.decide().would_block);
  CHECK(one.decide().matched == "on_error");
}

TEST_CASE("an AS description failed where its AS could not be had, and is absent without an AS") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::deny;
  one.rules.deny(Field::as_dscr, "x");
  one.facts.as_descriptions.clear();
  one.facts.origin = VerdictCase::failed<facts::Origin>();
  CHECK(one.decide().matched == "on_error");
  one.facts.origin = VerdictCase::known(facts::Origin{});
  CHECK(one.decide().decision == Decision::allow);
}

TEST_CASE("a broken ASN database does no harm where the origin is known") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::deny;
  one.rules.deny(Field::asn, "AS1");
  one.facts.geo_asn = VerdictCase::failed<facts::GeoAsn>();
  CHECK(one.decide().decision == Decision::allow);
  one.facts.origin = {};
  CHECK(one.decide().matched == "on_error");
}

TEST_CASE("only a zone that a deny entry asks makes on_error speak") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::deny;
  one.facts.dnsbl = {VerdictCase::failed(facts::DnsblListing{"good.example", {}, ""}),
                     VerdictCase::known(facts::DnsblListing{"bad.example", {}, ""})};
  one.rules.deny(Field::dnsbl, "bad.example").allow(Field::dnsbl, "good.example");
  CHECK(one.decide().decision == Decision::allow);
  one.rules.deny(Field::dnsbl, "Good.Example=127.0.0.2");
  CHECK(one.decide().matched == "on_error");
}

TEST_CASE("before the facts a login is refused only where no fact can change it") {
  const auto by_login = [] {
    VerdictCase one;
    one.rules.deny(Field::ip_net, "52.97.0.0/16");
    return one;
  };
  auto one = by_login();
  REQUIRE(one.before_facts());
  CHECK(one.before_facts()->decision == Decision::deny);
  CHECK(one.before_facts()->rule == "ip_net.deny.lst:1");

  VerdictCase id;
  id.rules.deny(Field::client_id, ".*Outlook.*");
  REQUIRE(id.before_facts());
  CHECK(id.before_facts()->matched == "client_id");

  for (const auto field : {Field::rev_host, Field::entity, Field::dnsbl, Field::maxmind_geo_cc}) {
    auto allowable = by_login();
    allowable.config.maxmind.geo_city = "GeoLite2-City.mmdb";
    allowable.rules.allow(field, field == Field::dnsbl ? "zen.example" : "x");
    CHECK_FALSE(allowable.before_facts());
    allowable.config.maxmind.geo_city.clear();
    allowable.config.lookup.reverse_dns = false;
    allowable.config.lookup.registration.clear();
    CHECK(allowable.before_facts().has_value() == (field != Field::dnsbl));
  }
  auto others = by_login();
  others.rules.allow(Field::user, "bob").allow(Field::ip_net, "192.0.2.0/24");
  others.rules.allow(Field::client_id, "x").deny(Field::rev_host, ".*");
  CHECK(others.before_facts());
}

TEST_CASE("before the facts nothing is said about a login that is let in") {
  CHECK_FALSE(VerdictCase{}.before_facts());
  for (const auto field : {Field::ip_net, Field::user, Field::client_id}) {
    auto one = refusing();
    one.rules.allow(field, field == Field::ip_net ? "52.97.246.245/32" : ".*");
    CHECK_FALSE(one.before_facts());
    CHECK(one.decide().decision == Decision::allow);
  }
  VerdictCase facts;
  facts.rules.deny(Field::asn, "AS64500").deny(Field::rev_host, "<>");
  facts.config.general.on_error = config::OnError::deny;
  CHECK_FALSE(facts.before_facts());
}

TEST_CASE("in monitor mode facts are asked for, except about addresses that nobody asks about") {
  auto one = refusing();
  one.config.general.mode = config::Mode::monitor;
  CHECK_FALSE(one.before_facts());
  CHECK(one.decide().would_block);
  one.config.general.disabled_services = {"imap"};
  CHECK_FALSE(one.before_facts());
  one.login.address = net::Address::parse("10.0.0.1").value();
  REQUIRE(one.before_facts());
  CHECK(one.before_facts()->would_block);
  CHECK(one.before_facts()->decision == Decision::allow);
  one.login.address.reset();
  CHECK(one.before_facts());
}

TEST_CASE("what is wanted is what the audit line shows, as far as it may be asked for") {
  VerdictCase one;
  auto wanted = one.wanted();
  CHECK(wanted.reverse_names);
  CHECK_FALSE(wanted.confirmed_names);
  CHECK(wanted.origin);
  CHECK(wanted.as_description);
  CHECK(wanted.registration);
  CHECK(wanted.dnsbl_zones.empty());

  one.rules.allow(Field::rev_host, "x");
  CHECK(one.wanted().confirmed_names);

  one.rules.deny(Field::rev_host, "x").deny(Field::asn, "AS1").deny(Field::entity, "x");
  one.config.lookup = {};
  one.config.lookup.reverse_dns = false;
  one.config.lookup.origin.clear();
  one.config.lookup.registration.clear();
  wanted = one.wanted();
  CHECK_FALSE(wanted.any());
}

TEST_CASE("every DNSBL zone of lists and clients is wanted once") {
  VerdictCase one;
  one.rules.deny(Field::dnsbl, "Zen.example=127.0.0.2").deny(Field::dnsbl, "zen.example");
  one.rules.allow(Field::dnsbl, "list.dnswl.example");
  one.rules.client({"c", "C", "", "", "", {}});
  one.rules.rule({Rules::is(Field::dnsbl, {"zen.example", "client.example"})});
  one.rules.rule({Rules::is_not(Field::dnsbl, {"not.example"}), Rules::is(Field::user, {"a"})});
  CHECK(one.wanted().dnsbl_zones == std::vector<std::string>{"list.dnswl.example", "zen.example",
                                                             "client.example", "not.example"});
}

TEST_CASE("every rule that matches can be shown, allow first, in the order of deciding") {
  VerdictCase one;
  one.rules.client({"c", "Client C", "", "", "", lists::ClientMode::monitor});
  one.rules.rule({Rules::is(Field::asn, {"AS64501"}), Rules::is(Field::service, {"imap"})});
  one.rules.rule({Rules::is(Field::asn, {"AS1"})});
  one.rules.deny(Field::entity, "mail-ru").deny(Field::ip_net, "52.0.0.0/8");
  one.rules.deny(Field::ip_net, "52.97.0.0/16").deny(Field::ip_net, "53.0.0.0/8");
  one.rules.allow(Field::net_cc, "RU").allow(Field::user, "alice");
  std::vector<std::string> shown;
  for (const auto& match : one.explain()) {
    shown.push_back(fmt::format(
        "{} {} {} [{}] {}{}", match.action == lists::Action::allow ? "allow" : "deny",
        match.matched, match.rule, match.entry, match.client, match.monitored ? " monitored" : ""));
  }
  CHECK(shown ==
        std::vector<std::string>{
            "allow user user.allow.lst:1 [alice] ", "allow net_cc net_cc.allow.lst:1 [RU] ",
            "deny ip_net ip_net.deny.lst:2 [52.97.0.0/16] ",
            "deny ip_net ip_net.deny.lst:1 [52.0.0.0/8] ",
            "deny entity:Mail-RU entity.deny.lst:1 [mail-ru] ",
            "deny client clients/c.client:1 [asn=AS64501 service=imap] Client C monitored"});
}

namespace {

verdict::SoFar so_far(const VerdictCase& one, const facts::Facts& facts) {
  return one.so_far(facts);
}

}  // namespace

TEST_CASE("so far a rule refuses, even where a fact that may still come could allow") {
  auto one = refusing();
  one.rules.allow(Field::entity, "org-9-ripe").allow(Field::rev_host, "mail.example.org");
  const auto nothing = so_far(one, {});
  CHECK(nothing.verdict.decision == Decision::deny);
  CHECK(nothing.verdict.matched == "ip_net");
  CHECK(nothing.by_rule);
  CHECK_FALSE(VerdictCase::settled(nothing));

  facts::Facts known;
  known.registration = one.facts.registration;
  CHECK_FALSE(VerdictCase::settled(so_far(one, known)));
  known.reverse_names = VerdictCase::failed(facts::ReverseNames{});
  CHECK(VerdictCase::settled(so_far(one, known)));
  known.reverse_names =
      VerdictCase::known(facts::ReverseNames{{"x.example", facts::Confirmed::not_asked}});
  CHECK_FALSE(VerdictCase::settled(so_far(one, known)));

  known.registration.value.entities = {"ORG-9-RIPE"};
  CHECK(so_far(one, known).verdict.decision == Decision::allow);
  CHECK(so_far(one, known).by_rule);
  CHECK_FALSE(VerdictCase::settled(so_far(one, known)));
}

TEST_CASE("so far on_error speaks only where no rule does, and one may on what is still to come") {
  using config::OnError;
  for (const auto& [on_error, decision] :
       {std::pair{OnError::allow, Decision::allow}, std::pair{OnError::deny, Decision::deny},
        std::pair{OnError::tempfail, Decision::tempfail}}) {
    VerdictCase one;
    one.config.general.on_error = on_error;
    one.config.general.deny_message = "No.";
    one.rules.deny(Field::asn, "AS64999");
    const auto nothing = so_far(one, {});
    CHECK(nothing.verdict.decision == decision);
    CHECK(nothing.verdict.matched == "on_error");
    CHECK(nothing.verdict.message == (on_error == OnError::deny ? "No." : ""));
    CHECK_FALSE(nothing.by_rule);
    CHECK_FALSE(VerdictCase::settled(nothing));
    CHECK(so_far(one, one.facts).verdict.decision == Decision::allow);

    one.rules.allow(Field::user, "alice");
    CHECK(so_far(one, {}).verdict.decision == Decision::allow);
    CHECK(so_far(one, {}).verdict.matched == "user");
  }
}

TEST_CASE("so far on_error speaks while the description of an AS that is known may still come") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::deny;
  one.rules.deny(Field::as_dscr, "NOBODY.*");
  auto known = one.facts;
  CHECK(so_far(one, known).verdict.decision == Decision::allow);
  known.as_descriptions.pop_back();
  CHECK(so_far(one, known).verdict.matched == "on_error");
  // Of a neighbour's AS, too.
  known.as_descriptions.clear();
  known.provisional.origin = std::exchange(known.origin, {});
  known.origin.knowledge = facts::Knowledge::failed;
  CHECK(so_far(one, known).verdict.matched == "on_error");
}

TEST_CASE("so far on_error speaks while a GeoIP database may still say something") {
  VerdictCase one;
  one.config.general.on_error = config::OnError::deny;
  one.config.general.enable_maxmind = true;
  one.config.maxmind = {"city.mmdb", "asn.mmdb", "anonymous.mmdb"};
  const auto [field, entry] = GENERATE(std::pair{Field::maxmind_geo_cc, "DE"},
                                       std::pair{Field::maxmind_as_org, "Some Cloud"},
                                       std::pair{Field::maxmind_anonymous, "is_tor_exit_node"});
  one.rules.deny(field, entry);
  auto known = one.facts;
  known.geo_city = {};
  known.geo_asn = {};
  known.geo_anonymous = {};
  CHECK(so_far(one, known).verdict.matched == "on_error");
  known.geo_city.knowledge = known.geo_asn.knowledge = known.geo_anonymous.knowledge =
      facts::Knowledge::known;
  CHECK(so_far(one, known).verdict.decision == Decision::allow);
}

TEST_CASE("so far a client in monitor mode is named, unless on_error is stricter") {
  using config::OnError;
  VerdictCase one;
  one.rules.client({"m", "Monitored", "", "", "", lists::ClientMode::monitor});
  one.rules.rule({Rules::is(Field::user, {"alice"})});
  one.rules.deny(Field::asn, "AS64999");
  for (const auto& [on_error, matched] :
       {std::pair{OnError::allow, "client"}, std::pair{OnError::deny, "on_error"},
        std::pair{OnError::tempfail, "on_error"}}) {
    one.config.general.on_error = on_error;
    const auto nothing = so_far(one, {});
    CHECK(nothing.verdict.matched == matched);
    CHECK(nothing.verdict.would_block == (on_error == OnError::allow));
    CHECK((nothing.verdict.decision == Decision::allow) == (on_error == OnError::allow));
    CHECK_FALSE(nothing.by_rule);
    CHECK(so_far(one, one.facts).verdict.client == "Monitored");
  }
}

TEST_CASE("so far and in the end a client in monitor mode does not hide what on_error says") {
  for (const auto mode : {config::Mode::enforce, config::Mode::monitor}) {
    VerdictCase one;
    one.config.general.mode = mode;
    one.config.general.on_error = config::OnError::deny;
    one.rules.deny(Field::asn, "AS64999")
        .client({"c", "Client C", "", "", "", lists::ClientMode::monitor})
        .rule({Rules::is(Field::service, {"imap"})});
    one.facts.origin = VerdictCase::failed(facts::Origin{});
    CHECK(one.decide().matched == "on_error");
    CHECK(so_far(one, one.facts).verdict.matched == "on_error");
  }
}

TEST_CASE("so far monitor mode refuses nobody") {
  auto one = refusing();
  one.config.general.mode = config::Mode::monitor;
  CHECK(so_far(one, {}).verdict.would_block);
  CHECK(so_far(one, {}).verdict.decision == Decision::allow);
  CHECK_FALSE(VerdictCase::settled(so_far(one, {})));
  VerdictCase error;
  error.config.general.mode = config::Mode::monitor;
  error.config.general.on_error = config::OnError::tempfail;
  error.rules.deny(Field::asn, "AS64999");
  CHECK(so_far(error, {}).verdict.would_block);
  CHECK(so_far(error, {}).verdict.decision == Decision::allow);
}
