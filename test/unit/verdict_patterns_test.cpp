#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "verdict_case.hpp"

// Patterns with back references, of which a login tries some millions of steps and no more.

using namespace badclients;
using config::OnError;
using lists::Clause;
using lists::Field;
using verdict::Waits;
using Decision = facts::Verdict::Decision;

namespace {

/// Too much work, for the value below.
const std::string heavy = "(.*)(.*)(.*)%1b%2b.*";
const std::string value = std::string(1024, 'a') + "b";

/// A login with that value in two fields.
VerdictCase with_heavy_values(OnError on_error) {
  VerdictCase one;
  one.config.general.on_error = on_error;
  one.login.client_id = value;
  one.facts.registration.value.name = value;
  return one;
}

VerdictCase with_client_rule(std::vector<Clause> clauses) {
  auto one = with_heavy_values(OnError::tempfail);
  one.rules.client({"c", "Client C", "", "", "", lists::ClientMode::as_configured});
  one.rules.rule(std::move(clauses));
  return one;
}

}  // namespace

TEST_CASE("a value that is too much work switches off no pattern of another field") {
  auto one = with_heavy_values(OnError::allow);
  one.rules.deny(Field::net_name, heavy).deny(Field::client_id, heavy);
  one.facts.geo_asn.value.organization = "noon";
  one.rules.deny(Field::maxmind_as_org, "n(o)%1n");
  CHECK(one.decide().matched == "maxmind:as_org");
}

TEST_CASE("a pattern is tried once a login, however often it is decided about") {
  VerdictCase one;
  // 7 of the 10 million steps of a field.
  one.rules.deny(Field::net_name, "(.*).*(.*).*%1%2b%.example");
  const std::string part(40, 'a');
  one.facts.registration.value.name = part + "." + part + "." + part + ".b.example";
  one.with_decider([&](const auto& decider) {
    for (int i = 0; i < 5; ++i) {
      CHECK(decider.so_far(one.login, one.facts).verdict.matched == "net_name");
      CHECK(decider.decide(one.login, one.facts).matched == "net_name");
      CHECK(decider.explain(one.login, one.facts).size() == 1);
    }
    return 0;
  });
}

TEST_CASE("on_error speaks for a deny pattern that was too much work") {
  for (const auto& [on_error, decision] : {std::pair{OnError::allow, Decision::allow},
                                           {OnError::deny, Decision::deny},
                                           {OnError::tempfail, Decision::tempfail}}) {
    auto one = with_heavy_values(on_error);
    one.rules.deny(Field::net_name, heavy);
    const std::string matched = on_error == OnError::allow ? "" : "on_error";
    CHECK(one.decide().decision == decision);
    CHECK(one.decide().matched == matched);
    CHECK(one.so_far().verdict.decision == decision);
    CHECK(one.so_far().waits == Waits::for_line);  // to wait for facts would change nothing
    // What is known decides.
    auto denied = one;
    denied.rules.deny(Field::maxmind_geo_cc, "US");
    CHECK(denied.decide().matched == "maxmind:geo_cc");
    auto exempted = one;
    exempted.rules.allow(Field::user, "alice");
    CHECK(exempted.decide().matched == "user");
    // So does the absence of a text that the pattern requires.
    one.facts.registration.value.name = std::string(1024, 'a');
    CHECK(one.decide().decision == Decision::allow);
    CHECK(one.decide().matched.empty());
  }
}

TEST_CASE("an allow pattern that was too much work exempts nobody, and refuses nobody") {
  for (const auto on_error : {OnError::allow, OnError::deny, OnError::tempfail}) {
    auto one = with_heavy_values(on_error);
    one.rules.allow(Field::net_name, heavy);
    CHECK(one.decide().decision == Decision::allow);
    CHECK(one.decide().matched.empty());
    one.rules.deny(Field::maxmind_geo_cc, "US");
    CHECK(one.decide().decision == Decision::deny);
    CHECK(one.decide().matched == "maxmind:geo_cc");
    CHECK(one.so_far().waits == Waits::for_nothing);
  }
}

TEST_CASE("a list with a pattern that was too much work was not compared") {
  auto one = with_heavy_values(OnError::allow);
  one.rules.deny(Field::net_name, heavy).deny(Field::as_dscr, "x").allow(Field::client_id, heavy);
  const auto not_compared = [&] {
    return one.with_decider([&](const auto& decider) {
      return decider.not_compared(one.login, one.facts, decider.decide(one.login, one.facts));
    });
  };
  CHECK(not_compared() == std::vector<std::string>{"net_name.deny"});
  one.rules.deny(Field::maxmind_geo_cc, "US");
  CHECK(not_compared() == std::vector<std::string>{"client_id.allow"});
}

TEST_CASE("on_error speaks for a client rule that only too much work keeps from matching") {
  const auto is = Rules::is;
  const auto is_not = Rules::is_not;
  const auto decided = [](std::vector<Clause> clauses) {
    return with_client_rule(std::move(clauses)).decide().decision;
  };
  CHECK(decided({is(Field::client_id, {heavy})}) == Decision::tempfail);
  CHECK(decided({is(Field::client_id, {"x", heavy, "y"})}) == Decision::tempfail);
  CHECK(decided({is_not(Field::client_id, {heavy})}) == Decision::tempfail);
  CHECK(decided({is(Field::user, {"alice"}), is_not(Field::net_name, {heavy})}) ==
        Decision::tempfail);
  auto with_zone = with_client_rule({is(Field::client_id, {heavy})});
  with_zone.rules.rule({is(Field::dnsbl, {"zen.example=127.0.0.9"})});
  CHECK(with_zone.decide().decision == Decision::tempfail);
  // What is known settles it.
  CHECK(decided({is(Field::client_id, {heavy, "a+b"})}) == Decision::deny);
  CHECK(decided({is_not(Field::client_id, {heavy, "a+b"})}) == Decision::allow);
  CHECK(decided({is(Field::client_id, {heavy}), is(Field::user, {"ceo"})}) == Decision::allow);
}

TEST_CASE("a neighbour's description that is too much work proves nothing against a login") {
  auto one = with_client_rule({Rules::is_not(Field::as_dscr, {heavy, "x"})});
  one.facts.provisional.origin = std::exchange(one.facts.origin, {});
  one.facts.as_descriptions.resize(1);
  one.facts.provisional.origin.value.asns = {64500};
  CHECK(one.decide().refused());
  one.facts.as_descriptions.front().value.text = value;
  CHECK(one.decide().decision == Decision::tempfail);
}
