// Decider::needed: which answers about the network a rule would look at.

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Field;

namespace {

/// "o" origin, "d" its descriptions, "r" the registration, "p" with persons' handles.
std::string needed(const VerdictCase& one, const facts::Facts& known) {
  const facts::Wanted of{false, false, true, true, true, {}};
  const auto all = one.with_decider(
      [&](const auto& decider) { return decider.needed(one.scoped(), known, of); });
  std::string text;
  if (all.wanted.origin) text += 'o';
  if (all.wanted.as_description) text += 'd';
  if (all.wanted.registration) text += 'r';
  if (all.persons) text += 'p';
  return text;
}

/// Nobody has been asked but who announces the address: AS64500 and AS64501.
facts::Facts origin_alone() {
  facts::Facts facts;
  facts.origin = VerdictCase::some_facts().origin;
  facts.as_descriptions = VerdictCase::some_facts().as_descriptions;
  return facts;
}

VerdictCase with_client_rule(std::vector<Rules::Clause> clauses) {
  VerdictCase one;
  one.rules.client({"c", "C", "", "", "", {}}).rule(std::move(clauses));
  return one;
}

}  // namespace

TEST_CASE("without rules nothing is needed") {
  CHECK(needed({}, {}).empty());
  VerdictCase one;
  one.rules.deny(Field::ip_net, "192.0.2.0/24").deny(Field::rev_host, "x.example");
  CHECK(needed(one, {}).empty());
}

TEST_CASE("what entries of a list look at is needed, until the verdict stands") {
  for (const auto& [field, value, what] :
       {std::tuple{Field::asn, "AS1", "o"}, std::tuple{Field::as_cc, "XX", "o"},
        std::tuple{Field::as_dscr, "X", "od"}, std::tuple{Field::net_cc, "XX", "r"},
        std::tuple{Field::net_name, "X", "r"}, std::tuple{Field::entity, "x", "r"},
        std::tuple{Field::entity, "org-x-ripe", "r"}, std::tuple{Field::entity, "x1-ripe", "rp"}}) {
    INFO(value);
    for (const auto action : {lists::Action::deny, lists::Action::allow}) {
      VerdictCase one;
      // Without a deny list an allow list changes nothing.
      one.rules.add(field, action, value).deny(Field::rev_host, "other.example.net");
      CHECK(needed(one, {}) == what);
    }
    VerdictCase refused;
    refused.rules.deny(field, value).deny(Field::ip_net, "52.96.0.0/14");
    CHECK(needed(refused, {}).empty());
    VerdictCase exempt;
    exempt.rules.deny(field, value).allow(Field::user, "alice");
    CHECK(needed(exempt, {}).empty());
  }
}

TEST_CASE("a client rule needs what it looks at where its other clauses hold, or may") {
  const auto app = [](const char* id) { return Rules::is(Field::client_id, {id}); };
  const auto entity = Rules::is(Field::entity, {"x1-ripe", "x2"});
  CHECK(needed(with_client_rule({entity}), origin_alone()) == "rp");
  CHECK(needed(with_client_rule({Rules::is(Field::asn, {"AS64500"}), entity}), origin_alone()) ==
        "orp");
  CHECK(needed(with_client_rule({Rules::is(Field::asn, {"AS64499"}), entity}), origin_alone()) ==
        "o");
  CHECK(needed(with_client_rule({app(".*Outlook.*"), entity}), origin_alone()) == "rp");
  CHECK(needed(with_client_rule({app("other"), entity}), origin_alone()).empty());
  // What is not known may be so.
  CHECK(needed(with_client_rule({Rules::is(Field::rev_host, {"x"}), entity}), origin_alone()) ==
        "rp");
  CHECK(needed(with_client_rule({Rules::is(Field::asn, {"AS64499"}), entity}), {}) == "orp");
  CHECK(needed(with_client_rule({Rules::is_not(Field::asn, {"AS64500"}), entity}),
               origin_alone()) == "o");
}

TEST_CASE("persons' handles are those of a rule that may match") {
  VerdictCase one;
  one.rules.client({"c", "C", "", "", "", {}})
      .rule({Rules::is(Field::asn, {"AS64499"}), Rules::is(Field::entity, {"x1-ripe"})})
      .rule({Rules::is(Field::asn, {"AS64500"}), Rules::is(Field::entity, {"x2"})});
  CHECK(needed(one, origin_alone()) == "or");
}

TEST_CASE("what is needed does not depend on whether it is known already") {
  const auto one = with_client_rule({Rules::is(Field::entity, {"x1-ripe"})});
  auto facts = origin_alone();
  facts.registration = VerdictCase::some_facts().registration;
  CHECK(needed(one, facts) == "rp");
  const auto by_asn = with_client_rule({Rules::is(Field::asn, {"AS64500"})});
  CHECK(needed(by_asn, facts) == "o");
}

TEST_CASE("what RIPE's data leaves out may be so, and needs what else its rule looks at") {
  const auto one =
      with_client_rule({Rules::is(Field::asn, {"AS64500"}), Rules::is(Field::entity, {"x1-ripe"})});
  facts::Facts facts;
  facts.registration = VerdictCase::from_ripes_data(VerdictCase::some_facts().registration);
  CHECK(needed(one, facts) == "orp");
  facts.registration.value.entities.clear();
  CHECK(needed(one, facts) == "orp");
}

TEST_CASE("nothing is needed that no source is configured for") {
  auto one = with_client_rule({Rules::is(Field::asn, {"AS1"}), Rules::is(Field::entity, {"x"})});
  one.config.lookup.registration.clear();
  CHECK(needed(one, {}) == "o");
  one.config.lookup.origin.clear();
  CHECK(needed(one, {}).empty());
}

TEST_CASE("nothing else is needed than what is asked about") {
  const auto one = with_client_rule({Rules::is(Field::asn, {"AS64500"}),
                                     Rules::is(Field::as_dscr, {".*Hosting.*"}),
                                     Rules::is(Field::entity, {"x1-ripe"})});
  CHECK(needed(one, origin_alone()) == "odrp");
  for (const auto& of : {facts::Wanted{false, false, false, true, false, {}},
                         facts::Wanted{false, false, false, false, true, {}}, facts::Wanted{}}) {
    const auto known = origin_alone();
    const auto found = one.with_decider(
        [&](const auto& decider) { return decider.needed(one.scoped(), known, of); });
    CHECK(found.wanted.as_description == of.as_description);
    CHECK(found.wanted.registration == of.registration);
    CHECK(found.persons == of.registration);
  }
}
