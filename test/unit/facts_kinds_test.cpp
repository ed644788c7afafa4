#include "facts/kinds.hpp"

#include "catch.hpp"

using namespace badclients::facts;

namespace {

template <class T>
Fact<T> fact(Knowledge knowledge, T value = {}) {
  Fact<T> one;
  one.knowledge = knowledge;
  one.value = std::move(value);
  one.trouble = knowledge == Knowledge::failed ? "SERVFAIL" : "";
  return one;
}

Facts all(Knowledge knowledge) {
  Facts facts;
  facts.reverse_names = fact<ReverseNames>(knowledge);
  facts.origin = fact<Origin>(knowledge, {{64500, 64501}, {}, "", ""});
  facts.as_descriptions = {fact<AsDescription>(knowledge, {64500, ""}),
                           fact<AsDescription>(knowledge, {64501, ""})};
  facts.registration = fact<Registration>(knowledge);
  facts.dnsbl = {fact<DnsblListing>(knowledge, {"a.example", {}, ""})};
  return facts;
}

unsigned count(const Facts& facts, Knowledge knowledge) {
  unsigned count = 0;
  each(facts, [&](const auto& one) { count += one.knowledge == knowledge ? 1 : 0; });
  return count;
}

}  // namespace

TEST_CASE("each fact of the network's is visited once, and wants what it is a fact of") {
  const auto facts = all(Knowledge::known);
  CHECK(count(facts, Knowledge::known) == 6);
  Wanted wanted;
  each(facts, [&](const auto& one) { CHECK_FALSE(wants(wanted, one.value)); });
  each(facts, [&](const auto& one) { want(wanted, one.value); });
  each(facts, [&](const auto& one) { CHECK(wants(wanted, one.value)); });
  wanted.confirmed_names = true;
  for (const auto& [name, member] : Wanted::flags) CHECK(wanted.*member);
  CHECK(wanted.dnsbl_zones == std::vector<std::string>{"a.example"});
  CHECK_FALSE((wanted - wanted).any());
}

TEST_CASE("a failure never takes the place of an answer, of whatever kind") {
  auto facts = all(Knowledge::known);
  adopt(all(Knowledge::failed), facts);
  CHECK(count(facts, Knowledge::known) == 6);
  facts = {};
  adopt(all(Knowledge::failed), facts);
  CHECK(count(facts, Knowledge::failed) == 6);
  adopt(all(Knowledge::known), facts);
  CHECK(count(facts, Knowledge::known) == 6);
}

TEST_CASE("a provisional answer gives way to the address' own") {
  Facts facts, own;
  facts.provisional.origin = fact<Origin>(Knowledge::known, {{64500}, {}, "", ""});
  facts.provisional.registration = fact<Registration>(Knowledge::known);
  own.origin = fact<Origin>(Knowledge::known, {{64501}, {}, "", ""});
  own.registration = fact<Registration>(Knowledge::failed);
  adopt(own, facts);
  CHECK_FALSE(facts.provisional.origin.known());
  CHECK(likely_origin(facts)->asns.front() == 64501);
  CHECK(facts.provisional.registration.known());
}

TEST_CASE("what is wanted is visited as far as it is known what there is") {
  const auto visited = [](const Wanted& wanted, Facts facts) {
    unsigned count = 0;
    each_wanted(wanted, facts, likely_origin(facts), [&](auto&) { ++count; });
    return count;
  };
  const Wanted everything{true, true, true, true, true, {"a.example", "b.example"}};
  CHECK(visited(everything, {}) == 5);  // no origin: nothing to describe
  Facts facts;
  facts.origin = all(Knowledge::known).origin;
  CHECK(visited(everything, facts) == 7);
  CHECK(visited({}, all(Knowledge::known)) == 0);
}

TEST_CASE("failures with the same reason are told together") {
  auto facts = all(Knowledge::failed);
  facts.dnsbl.front().trouble = "timeout";
  CHECK(failures(facts) ==
        std::vector<std::string>{"reverse name, origin AS, description of AS64500, description of "
                                 "AS64501, registration unknown: SERVFAIL",
                                 "a.example unknown: timeout"});
  CHECK(failures(all(Knowledge::known)).empty());
}
