#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Field;

namespace {

/// Whether a fact that may still come could change what is known of `known`.
bool may_change(const VerdictCase& one, const facts::Facts& known) {
  return one.so_far(known).waits == verdict::Waits::for_rules;
}

}  // namespace

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
