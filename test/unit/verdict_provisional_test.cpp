// Decider: provisional answers may refuse, and never exempt. Each field that may have one, each way
// in which a rule looks at it.

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using config::OnError;
using lists::Action;
using lists::Field;
using Decision = facts::Verdict::Decision;

namespace {

/// A field, an entry that matches VerdictCase::some_facts(), one that does not.
struct Row {
  Field field;
  const char *right, *wrong;
};
const std::vector<Row> rows{
    {Field::asn, "AS64501", "AS1"},      {Field::as_cc, "US", "FR"},
    {Field::as_dscr, "EXAMPLE.*", "x"},  {Field::net_cc, "RU", "US"},
    {Field::net_name, "EXAMPLE.*", "x"}, {Field::entity, "mail-ru", "x"},
};

/// Every answer about the network is a neighbour's; the address' own could not be had, or was not
/// asked for.
VerdictCase provisional(facts::Knowledge own = facts::Knowledge::failed) {
  VerdictCase one;
  auto& facts = one.facts;
  facts.provisional.origin = std::exchange(facts.origin, {});
  facts.provisional.registration = std::exchange(facts.registration, {});
  facts.origin.knowledge = facts.registration.knowledge = own;
  facts.geo_asn = {};
  return one;
}

VerdictCase with_rule(std::vector<lists::Clause> clauses) {
  auto one = provisional();
  one.rules.client({"c", "Client C", "Vendor", "", "", lists::ClientMode::as_configured});
  one.rules.rule(std::move(clauses));
  return one;
}

/// By on_error = deny.
bool in_doubt(VerdictCase one) {
  one.config.general.on_error = OnError::deny;
  const auto verdict = one.decide();
  return verdict.refused() && verdict.matched == "on_error";
}

}  // namespace

TEST_CASE("a provisional answer matches a deny entry") {
  for (const auto& row : rows) {
    INFO(row.right);
    auto one = provisional();
    one.rules.add(row.field, Action::deny, row.right);
    CHECK(one.decide().refused());
    CHECK(one.explain().size() == 1);
  }
}

TEST_CASE("a deny entry that a provisional answer does not match is in doubt") {
  for (const auto& row : rows) {
    INFO(row.wrong);
    auto one = provisional();
    one.rules.add(row.field, Action::deny, row.wrong);
    CHECK(one.decide().decision == Decision::allow);
    CHECK(in_doubt(one));
    one.config.general.on_error = OnError::tempfail;
    CHECK(one.decide().decision == Decision::tempfail);
  }
}

TEST_CASE("a provisional answer matches no allow entry") {
  for (const auto& row : rows) {
    INFO(row.right);
    auto one = provisional();
    one.rules.add(row.field, Action::allow, row.right);
    one.rules.add(Field::ip_net, Action::deny, "52.97.0.0/16");
    CHECK(one.decide().refused());
    CHECK(one.explain().size() == 1);
    // The address' own does.
    VerdictCase own;
    own.rules = one.rules;
    CHECK(own.decide().decision == Decision::allow);
  }
}

TEST_CASE("a clause on a provisional answer holds where it matches, and is in doubt where not") {
  for (const auto& row : rows) {
    INFO(row.right);
    CHECK(with_rule({Rules::is(row.field, {row.right})}).decide().refused());
    const auto doubtful = with_rule({Rules::is(row.field, {row.wrong})});
    CHECK(doubtful.decide().decision == Decision::allow);
    CHECK(in_doubt(doubtful));
    // Behind a clause that is known, too.
    const auto service = Rules::is(Field::service, {"imap"});
    CHECK(with_rule({service, Rules::is(row.field, {row.right})}).decide().refused());
    CHECK(in_doubt(with_rule({service, Rules::is(row.field, {row.wrong})})));
    const auto other = Rules::is(Field::service, {"pop3"});
    CHECK_FALSE(in_doubt(with_rule({other, Rules::is(row.field, {row.wrong})})));
  }
}

TEST_CASE("a negated clause on a provisional answer lets nobody in") {
  for (const auto& row : rows) {
    INFO(row.right);
    const auto service = Rules::is(Field::service, {"imap"});
    const auto spared = with_rule({service, Rules::is_not(row.field, {row.right})});
    CHECK(spared.decide().decision == Decision::allow);  // unknown, as without any answer
    CHECK(in_doubt(spared));
    CHECK(with_rule({service, Rules::is_not(row.field, {row.wrong})}).decide().refused());
  }
}

TEST_CASE("a second opinion that is the address' own counts beside a provisional answer") {
  // AS64501 is what the provisional answer says.
  for (const auto& values :
       std::vector<std::vector<std::string>>{{"AS64502"}, {"AS64501", "AS64502"}}) {
    auto one = with_rule({Rules::is(Field::service, {"imap"}), Rules::is_not(Field::asn, values)});
    one.facts.geo_asn = VerdictCase::some_facts().geo_asn;
    CHECK(one.decide().decision == Decision::allow);
    CHECK_FALSE(in_doubt(one));
  }
}

TEST_CASE("while the address' own answer may still come, a provisional one settles nothing") {
  for (const auto& row : rows) {
    INFO(row.right);
    auto one = provisional(facts::Knowledge::not_asked);
    one.rules.add(row.field, Action::deny, row.right);
    CHECK_FALSE(VerdictCase::settled(one.so_far()));
    CHECK(one.so_far().verdict.refused());  // if the login had to end now
    // Another fact may refuse meanwhile.
    one.rules.add(Field::rev_host, Action::deny, "other%..*");
    CHECK(VerdictCase::settled(one.so_far()));
    one.facts.reverse_names = {};
    one.facts.origin.knowledge = one.facts.registration.knowledge = facts::Knowledge::failed;
    CHECK(VerdictCase::settled(one.so_far()));
  }
}

TEST_CASE("a provisional answer of one fact says nothing about another") {
  auto one = provisional();
  one.facts.provisional.origin = {};
  one.facts.as_descriptions.clear();
  one.rules.add(Field::asn, Action::deny, "AS64500");
  CHECK(in_doubt(one));
  one.rules.add(Field::entity, Action::deny, "mail-ru");
  CHECK(one.decide().matched == "entity:Mail-RU");
}

TEST_CASE("the decider says which facts some rule looks at") {
  const auto looked_at = [](Field field, Action action) {
    VerdictCase one;
    one.rules.add(field, action, field == Field::as_cc || field == Field::net_cc ? "US" : "AS1");
    return one.wanted_by_rules();
  };
  CHECK_FALSE(VerdictCase{}.wanted_by_rules().any());
  for (const auto action : {Action::allow, Action::deny}) {
    CHECK(looked_at(Field::asn, action).origin);
    CHECK(looked_at(Field::as_cc, action).origin);
    CHECK(looked_at(Field::as_dscr, action).origin);
    CHECK(looked_at(Field::as_dscr, action).as_description);
    CHECK_FALSE(looked_at(Field::asn, action).as_description);
    CHECK_FALSE(looked_at(Field::asn, action).registration);
    for (const auto field : {Field::net_cc, Field::net_name, Field::entity}) {
      CHECK(looked_at(field, action).registration);
      CHECK_FALSE(looked_at(field, action).origin);
    }
    CHECK(looked_at(Field::rev_host, action).reverse_names);
    CHECK_FALSE(looked_at(Field::user, Action::allow).any());
  }
  CHECK(with_rule({Rules::is(Field::entity, {"x"})}).wanted_by_rules().registration);
  CHECK(with_rule({Rules::is(Field::service, {"imap"}), Rules::is_not(Field::rev_host, {"x"})})
            .wanted_by_rules()
            .reverse_names);
}

TEST_CASE("that RIPE's data does not have a person's handle says nothing") {
  const auto service = Rules::is(Field::service, {"imap"});
  for (const bool alone : {true, false}) {
    INFO(alone);
    const auto with = [&](std::vector<lists::Clause> clauses) {
      auto one = with_rule(std::move(clauses));
      if (!alone) one.facts.registration.knowledge = facts::Knowledge::failed;
      auto& registration = alone ? one.facts.registration : one.facts.without_persons;
      registration = VerdictCase::from_ripes_data(VerdictCase::some_facts().registration);
      return one;
    };
    for (const bool negated : {true, false}) {
      INFO(negated);
      const auto clause = negated ? Rules::is_not : Rules::is;
      const auto unknown = with({service, clause(Field::entity, {"org-2-ripe", "x1-ripe"})});
      CHECK(unknown.decide().decision == Decision::allow);
      CHECK(in_doubt(unknown));
    }
    CHECK(with({service, Rules::is_not(Field::entity, {"org-2-ripe"})}).decide().refused());
    CHECK(with({service, Rules::is(Field::entity, {"x1-ripe", "org-1-ripe"})}).decide().refused());
    auto listed = with({Rules::is(Field::service, {"pop3"})});
    listed.rules.deny(Field::entity, "x1-ripe");
    CHECK(in_doubt(listed));
    // What it has is exact.
    const auto name = listed.facts.registration.known() ? listed.facts.registration.value.name
                                                        : listed.facts.without_persons.value.name;
    auto exempt = with({service});
    CHECK(exempt.decide().refused());
    exempt.rules.allow(Field::net_name, "'" + name);
    CHECK(exempt.decide().matched == "net_name");
    CHECK_FALSE(exempt.decide().refused());
  }
}
