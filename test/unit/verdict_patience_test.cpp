#include <random>

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Field;

namespace {

/// Whether a fact that may still come could change what is known of `known`.
bool may_change(const VerdictCase& one, const facts::Facts& known) {
  return one.so_far(known).waits == verdict::Waits::for_rules;
}

/// Facts of one login at two moments: what is unknown at the first comes by the second, or fails.
struct Moments {
  facts::Facts before, after;
};

Moments some_moments(const facts::Facts& all, bool geoip, std::mt19937& random) {
  Moments moments{all, all};
  const auto set = [&](auto member) {
    const auto fail = [&](facts::Facts& one) {
      (one.*member).value = {};
      (one.*member).knowledge = facts::Knowledge::failed;
    };
    switch (random() % 4) {
      case 0:
        fail(moments.before);
        fail(moments.after);
        break;
      case 1:
        moments.before.*member = {};
        break;
      case 2:
        moments.before.*member = {};
        fail(moments.after);
        break;
      default:
        break;
    }
  };
  set(&facts::Facts::reverse_names);
  set(&facts::Facts::origin);
  set(&facts::Facts::registration);
  if (geoip) set(&facts::Facts::geo_asn);
  if (random() % 2 == 0) moments.before.dnsbl.clear();
  if (random() % 2 == 0 || !moments.before.origin.known()) moments.before.as_descriptions.clear();
  if (!moments.after.origin.known()) moments.after.as_descriptions.clear();
  return moments;
}

}  // namespace

TEST_CASE("what stands is the verdict, whatever still comes or fails") {
  const std::vector<std::pair<Field, const char*>> entries{
      {Field::ip_net, "52.96.0.0/14"},
      {Field::ip_net, "192.0.2.0/24"},
      {Field::rev_host, "example.com"},
      {Field::rev_host, "mail.example.org"},
      {Field::asn, "AS64500"},
      {Field::asn, "AS64999"},
      {Field::as_dscr, "EXAMPLE-AS"},
      {Field::as_cc, "US"},
      {Field::net_cc, "RU"},
      {Field::net_cc, "FR"},
      {Field::entity, "org-1-ripe"},
      {Field::entity, "org-9-ripe"},
      {Field::dnsbl, "zen.example"},
      {Field::maxmind_as_org, "Example Hosting Inc"},
      {Field::user, "bob"},
      {Field::net_name, "SOME-NET"}};
  std::mt19937 random{42};  // NOLINT: the same each time
  unsigned standing = 0;
  for (unsigned round = 0; round < 4000; ++round) {
    VerdictCase one;
    one.config.general.on_error = std::array{config::OnError::allow, config::OnError::deny,
                                             config::OnError::tempfail}[random() % 3];
    if (random() % 4 == 0) one.config.general.mode = config::Mode::monitor;
    one.config.general.enable_maxmind = random() % 2 == 0;
    one.config.maxmind.geo_asn = "some.mmdb";
    for (auto rules = random() % 4; rules > 0; --rules) {
      const auto& [field, entry] = entries[random() % entries.size()];
      if (field == Field::user || random() % 4 == 0) {
        if (field != Field::dnsbl) one.rules.allow(field, entry);
      } else if (random() % 3 == 0) {
        const auto mode =
            random() % 2 == 0 ? lists::ClientMode::monitor : lists::ClientMode::as_configured;
        one.rules.client({"c", "Client C", "", "", "", mode}).rule({Rules::is(field, {entry})});
      } else {
        one.rules.deny(field, entry);
      }
    }
    const auto moments = some_moments(one.facts, one.config.general.enable_maxmind, random);
    const auto known = one.so_far(moments.before);
    if (!known.stands) continue;
    ++standing;
    one.facts = moments.after;
    const auto verdict = one.decide();
    INFO("round " << round << ": " << known.verdict.matched << " " << known.verdict.rule
                  << ", then " << verdict.matched << " " << verdict.rule);
    CHECK(known.verdict.decision == verdict.decision);
    CHECK(known.verdict.would_block == verdict.would_block);
    if (!verdict.refused()) CHECK(known.verdict == verdict);
  }
  CHECK(standing > 1000);
}

TEST_CASE("without rules no fact changes anything") {
  CHECK_FALSE(may_change({}, {}));
}

TEST_CASE("a fact that a rule looks at may change the verdict until it is known or has failed") {
  struct {
    Field field;
    const char* entry;
  } const all[] = {{Field::rev_host, "mail.example.org"},
                   {Field::asn, "AS64999"},
                   {Field::as_cc, "FR"},
                   {Field::as_dscr, "SOME-AS"},
                   {Field::net_cc, "FR"},
                   {Field::net_name, "SOME-NET"},
                   {Field::entity, "org-9-ripe"},
                   {Field::dnsbl, "zen.example"}};
  for (const auto& [field, entry] : all) {
    for (const bool allow : {true, false}) {
      INFO(entry << " allow " << allow);
      VerdictCase one;
      one.config.general.enable_maxmind = false;
      if (allow) {
        one.rules.allow(field, entry);
      } else {
        one.rules.deny(field, entry);
      }
      CHECK(may_change(one, {}));
      CHECK_FALSE(may_change(one, one.facts));
    }
  }
}

TEST_CASE("what the audit line alone shows changes nothing") {
  VerdictCase one;
  one.rules.deny(Field::entity, "org-9-ripe");
  auto known = one.facts;
  known.reverse_names = {};
  CHECK_FALSE(may_change(one, known));
  known.registration = {};
  CHECK(may_change(one, known));
  known.registration = VerdictCase::failed(facts::Registration{});
  CHECK_FALSE(may_change(one, known));
}

TEST_CASE("a client rule counts as a deny list does") {
  VerdictCase one;
  one.rules.client({"c", "Client C", "", "", "", lists::ClientMode::as_configured})
      .rule({Rules::is(Field::entity, {"org-9-ripe"})});
  CHECK(may_change(one, {}));
  CHECK_FALSE(may_change(one, one.facts));
}

TEST_CASE("whom an allow entry lets in nothing refuses any more") {
  VerdictCase one;
  one.rules.deny(Field::entity, "org-9-ripe").allow(Field::user, "alice");
  CHECK_FALSE(may_change(one, {}));
}

TEST_CASE("what is refused, or would be, changes only by an allow entry") {
  for (const auto mode : {config::Mode::enforce, config::Mode::monitor}) {
    VerdictCase one;
    one.config.general.mode = mode;
    one.rules.deny(Field::ip_net, "52.96.0.0/14").deny(Field::entity, "org-9-ripe");
    CHECK_FALSE(may_change(one, {}));
    one.rules.allow(Field::rev_host, "mail.example.org");
    CHECK(may_change(one, {}));
    CHECK_FALSE(may_change(one, one.facts));
  }
}

TEST_CASE("what the scope of a login says changes by no fact, in monitor mode neither") {
  for (const auto mode : {config::Mode::enforce, config::Mode::monitor}) {
    VerdictCase one;
    one.config.general.mode = mode;
    one.config.general.disabled_services = {"imap"};
    one.rules.allow(Field::rev_host, "mail.example.org");
    CHECK_FALSE(may_change(one, {}));
    CHECK(one.so_far({}).verdict.matched == "service");
  }
}

TEST_CASE("a provisional answer that refuses may be lifted by the address' own") {
  for (const auto mode : {config::Mode::enforce, config::Mode::monitor}) {
    VerdictCase one;
    one.config.general.mode = mode;
    one.rules.deny(Field::entity, "org-1-ripe");
    facts::Facts known;
    known.provisional.registration = one.facts.registration;
    CHECK(may_change(one, known));
    known.registration = VerdictCase::failed(facts::Registration{});
    CHECK_FALSE(may_change(one, known));
  }
}
