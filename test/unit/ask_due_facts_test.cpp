#include "ask/due_facts.hpp"

#include <utility>

#include "catch.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using facts::Facts;
using facts::Knowledge;
using facts::Provenance;
using facts::Wanted;

namespace {

const facts::Time now{1'700'000'000s};
const Wanted everything{true, true, true, true, true, {"a.example", "b.example"}};

template <class T>
facts::Fact<T> fact(Knowledge knowledge, std::chrono::seconds expires_in, T value = {}) {
  return {knowledge, Provenance::cache, std::move(value), "", "", now - 1h, now + expires_in};
}

Facts all(Knowledge knowledge, std::chrono::seconds expires_in) {
  Facts facts;
  facts.reverse_names =
      fact<facts::ReverseNames>(knowledge, expires_in, {{"a.example", facts::Confirmed::no}});
  facts.origin = fact<facts::Origin>(knowledge, expires_in, {{64500}, {}, "", ""});
  facts.as_descriptions = {fact<facts::AsDescription>(knowledge, expires_in, {64500, ""})};
  facts.registration = fact<facts::Registration>(knowledge, expires_in);
  for (const auto& zone : everything.dnsbl_zones) {
    facts.dnsbl.push_back(fact<facts::DnsblListing>(knowledge, expires_in, {zone, {}, ""}));
  }
  return facts;
}

/// "ptr+confirmed origin ...", sorted as in Wanted.
std::string text(const Wanted& wanted) {
  std::string result;
  if (wanted.reverse_names) result += "ptr ";
  if (wanted.confirmed_names) result += "confirmed ";
  if (wanted.origin) result += "origin ";
  if (wanted.as_description) result += "as ";
  if (wanted.registration) result += "registration ";
  for (const auto& zone : wanted.dnsbl_zones) result += zone + " ";
  return result;
}

const std::string all_of_it = "ptr confirmed origin as registration a.example b.example ";

ask::DueFacts due(const Wanted& wanted, const Facts& facts, const Wanted& by_rules = {}) {
  return ask::due_facts(wanted, by_rules, facts, now, 10min);
}

}  // namespace

TEST_CASE("an unknown fact is missing, an expired one is stale, and the rest is left alone") {
  CHECK(text(due(everything, {}).missing) == all_of_it);
  CHECK(text(due(everything, {}).stale).empty());
  CHECK(text(due(everything, all(Knowledge::known, 0s)).missing).empty());
  CHECK(text(due(everything, all(Knowledge::known, 0s)).stale) == all_of_it);
  CHECK(text(due(everything, all(Knowledge::known, 1s)).missing).empty());
  CHECK(text(due(everything, all(Knowledge::known, 1s)).stale).empty());
  CHECK(text(due(everything, all(Knowledge::failed, 1s)).missing).empty());
  CHECK(text(due({}, {}).missing).empty());
}

TEST_CASE("a description is asked for with its origin, or where that is known") {
  auto facts = all(Knowledge::known, 1s);
  facts.as_descriptions.clear();
  CHECK(text(due(everything, facts).missing) == "as ");
  facts.origin = fact<facts::Origin>(Knowledge::failed, 1s);
  CHECK(text(due(everything, facts).missing).empty());
  facts.origin = {};
  CHECK(text(due(everything, facts).missing) == "origin as ");

  // A stale origin that could not be refreshed just now: a stale description waits with it.
  facts = all(Knowledge::known, 1s);
  facts.origin.from = Provenance::stale_cache;
  facts.as_descriptions.at(0).expires = now;
  CHECK(text(due(everything, facts).stale).empty());
  facts.as_descriptions.clear();
  CHECK(text(due(everything, facts).missing) == "as ");
}

TEST_CASE("where one of several descriptions is due, descriptions are asked for") {
  auto facts = all(Knowledge::known, 1s);
  facts.origin.value.asns = {64500, 64501};
  CHECK(text(due(everything, facts).missing) == "as ");
  facts.as_descriptions.push_back(fact<facts::AsDescription>(Knowledge::failed, 1s, {64501, ""}));
  CHECK(text(due(everything, facts).missing).empty());
  facts.as_descriptions.at(0).expires = now;
  CHECK(text(due(everything, facts).stale) == "as ");
  facts.as_descriptions.at(1).expires = now;
  CHECK(text(due(everything, facts).missing) == "as ");

  // More than a few are not described at all.
  facts = all(Knowledge::known, 1s);
  facts.origin.value.asns = {64500, 0, 1, 2, 3, 4, 5};
  for (const auto asn : {1U, 2U, 3U}) {
    facts.as_descriptions.push_back(fact<facts::AsDescription>(Knowledge::known, 1s, {asn, ""}));
  }
  CHECK(text(due(everything, facts).missing).empty());
}

TEST_CASE("names that were never confirmed are asked for again where that matters, at times") {
  auto facts = all(Knowledge::known, 1s);
  facts.reverse_names.value = {{"a.example", facts::Confirmed::not_asked}};
  CHECK(text(due(everything, facts).missing) == "ptr confirmed ");
  Wanted unconfirmed;
  unconfirmed.reverse_names = true;
  CHECK(text(due(unconfirmed, facts).missing).empty());
  facts.reverse_names.learnt = now - 10min + 1s;
  CHECK(text(due(everything, facts).missing).empty());
  // By a clock that was ahead.
  facts.reverse_names.learnt = now + 60s;
  CHECK(text(due(everything, facts).missing).empty());
  facts.reverse_names.learnt = now + 61s;
  CHECK(text(due(everything, facts).missing) == "ptr confirmed ");
  facts.reverse_names.learnt = now - 10min;
  facts.reverse_names.value.push_back({"b.example", facts::Confirmed::yes});
  CHECK(text(due(everything, facts).missing).empty());
  facts.reverse_names.value.clear();
  CHECK(text(due(everything, facts).missing).empty());
}

TEST_CASE("a neighbour's answer will do where no rule looks at it") {
  auto facts = all(Knowledge::known, 1s);
  facts.provisional.origin = std::exchange(facts.origin, {});
  facts.provisional.registration = std::exchange(facts.registration, {});
  CHECK(text(due(everything, facts).missing).empty());
  CHECK(text(due(everything, facts).stale).empty());
  Wanted by_rules;
  by_rules.origin = true;
  CHECK(text(due(everything, facts, by_rules).missing) == "origin as ");
  by_rules = {};
  by_rules.registration = true;
  CHECK(text(due(everything, facts, by_rules).missing) == "registration ");
  // One that could not be had just now is not asked for again.
  facts.registration = fact<facts::Registration>(Knowledge::failed, 1s);
  CHECK(text(due(everything, facts, by_rules).missing).empty());
  // A stale one is refreshed like any other.
  facts.provisional.origin.expires = facts.provisional.registration.expires = now;
  facts.registration = {};
  CHECK(text(due(everything, facts).missing).empty());
  CHECK(text(due(everything, facts).stale) == "origin registration ");
  // Its ASes need a description as others do.
  facts.provisional.origin.expires = now + 1s;
  facts.as_descriptions.clear();
  CHECK(text(due(everything, facts).missing) == "as ");
}

TEST_CASE("wanted facts add up") {
  Wanted a, b;
  a.origin = true;
  a.dnsbl_zones = {"a.example"};
  b.registration = true;
  b.dnsbl_zones = {"b.example"};
  CHECK(text(a + b) == "origin registration a.example b.example ");
}

TEST_CASE("a DNSBL's answer is stale for an hour, then it is missing") {
  Wanted wanted;
  wanted.dnsbl_zones = {"a.example"};
  CHECK(text(due(wanted, all(Knowledge::known, 0s)).stale) == "a.example ");
  CHECK(text(due(wanted, all(Knowledge::known, -59min)).stale) == "a.example ");
  CHECK(text(due(wanted, all(Knowledge::known, -1h)).stale).empty());
  CHECK(text(due(wanted, all(Knowledge::known, -1h)).missing) == "a.example ");
  CHECK(text(due(wanted, all(Knowledge::failed, -59min)).missing) == "a.example ");
}

TEST_CASE("wanted facts are joined and cut") {
  Wanted one, other;
  one.origin = one.reverse_names = other.origin = other.registration = true;
  one.dnsbl_zones = {"a.example", "b.example"};
  other.dnsbl_zones = {"b.example", "c.example"};
  CHECK(text(one + other) == "ptr origin registration a.example b.example c.example ");
  CHECK(text(one & other) == "origin b.example ");
  CHECK(text(everything & everything) == all_of_it);
  CHECK(text(everything + everything) == all_of_it);
  CHECK_FALSE((everything & Wanted{}).any());
}
