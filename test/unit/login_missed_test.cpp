#include "login/missed.hpp"

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using lists::Field;

namespace {

template <class T>
facts::Fact<T> failed(const std::string& trouble, facts::Provenance from, T value = {},
                      facts::Cause cause = facts::Cause::question) {
  auto fact = VerdictCase::failed(std::move(value));
  fact.trouble = trouble;
  fact.from = from;
  fact.cause = cause;
  return fact;
}

facts::Facts some_failed(facts::Provenance from = facts::Provenance::asked) {
  auto facts = VerdictCase::some_facts();
  facts.registration = failed<facts::Registration>("whois.example: not asked", from);
  facts.origin = failed<facts::Origin>("whois.example: not asked", from);
  facts.as_descriptions.clear();
  facts.dnsbl = {failed<facts::DnsblListing>("SERVFAIL", from, {"zen.example", {}, {}})};
  return facts;
}

const auto address = net::Address::parse("192.0.2.1").value();

std::vector<std::string> not_compared(const VerdictCase& one) {
  return one.with_decider([&](const verdict::Decider& decider) {
    return decider.not_compared(one.login, one.facts, decider.decide(one.login, one.facts));
  });
}

}  // namespace

TEST_CASE("what a login missed is said once a kind of fact") {
  auto facts = some_failed();
  facts.as_descriptions = {failed<facts::AsDescription>("x", {}, {1, {}}),
                           failed<facts::AsDescription>("y", {}, {2, {}})};
  const auto all = login::missed(facts, {"entity.deny"});
  CHECK(all.facts ==
        std::vector<std::string>{"origin AS", "AS description", "registration", "zen.example"});
  CHECK(all.lists == std::vector<std::string>{"entity.deny"});
}

TEST_CASE("a failure that is remembered is none of now") {
  CHECK(login::any_failed(some_failed(), true));
  CHECK_FALSE(login::any_failed(some_failed(facts::Provenance::cache), true));
  CHECK(login::any_failed(some_failed(facts::Provenance::cache), false));
  CHECK_FALSE(login::any_failed(VerdictCase::some_facts(), false));
}

TEST_CASE("one login is told of with its reasons") {
  const auto facts = some_failed();
  const auto sums = budget::MissedSums::of(login::missed(facts, {"entity.deny"}), facts::Time{});
  CHECK(login::warning_of(sums, facts::Time{}, {}, address, facts) ==
        "192.0.2.1: origin AS, registration unknown: whois.example: not asked; zen.example "
        "unknown: SERVFAIL; not compared: entity.deny; on_error = allow let in those that nothing "
        "else refused; badclientsctl doctor says what is wrong");
}

TEST_CASE("what waits is named where something waits, and else who says what is wrong") {
  using facts::Cause;
  for (const auto& [cause, hint] :
       {std::pair{Cause::question, "badclientsctl doctor says what is wrong"},
        {Cause::patience, "badclientsctl doctor says what is wrong"},
        {Cause::budget, "badclientsctl cache servers shows what waits"},
        {Cause::silence, "badclientsctl cache servers shows what waits"}}) {
    facts::Facts facts;
    facts.origin = failed<facts::Origin>("Network is unreachable", facts::Provenance::asked, {});
    facts.registration =
        failed<facts::Registration>("Network is unreachable", facts::Provenance::asked, {}, cause);
    const auto sums = budget::MissedSums::of(login::missed(facts, {}), facts::Time{});
    CHECK(login::warning_of(sums, facts::Time{}, {}, address, facts) ==
          std::string("192.0.2.1: origin AS, registration unknown: Network is unreachable; ") +
              hint);
  }
}

TEST_CASE("the warning says what on_error did") {
  const auto facts = some_failed();
  const auto sums = budget::MissedSums::of(login::missed(facts, {"entity.deny"}), facts::Time{});
  config::Config config;
  config.general.on_error = config::OnError::tempfail;
  CHECK_THAT(login::warning_of(sums, facts::Time{}, config, address, facts),
             ContainsSubstring("; on_error = tempfail left to Dovecot those that nothing else "
                               "decided; "));
}

TEST_CASE("many are told of with sums, and the last one's reasons") {
  budget::MissedSums sums;
  sums.logins = 1632;
  sums.facts = {{"registration", 1632}, {"reverse name", 12}};
  sums.lists = {{"entity.deny", 1600}};
  facts::Facts facts;
  facts.registration = failed<facts::Registration>(
      "whois.example: not asked", facts::Provenance::asked, {}, facts::Cause::budget);
  config::Config config;
  config.general.on_error = config::OnError::deny;
  CHECK(login::warning_of(sums, facts::Time{60'500ms}, config, address, facts) ==
        "1632 logins in 61 s were decided without registration, reverse name (12); the last, "
        "192.0.2.1: registration unknown: whois.example: not asked; not compared: entity.deny "
        "(1600); on_error = deny refused those that nothing else decided; badclientsctl cache "
        "servers shows what waits");
}

TEST_CASE("deny lists and client rules that look at a failed fact were not compared") {
  VerdictCase one;
  one.facts = some_failed();
  CHECK(not_compared(one).empty());
  one.rules.deny(Field::entity, "org-9-ripe").deny(Field::rev_host, "x.example.net");
  one.rules.deny(Field::dnsbl, "zen.example").allow(Field::asn, "AS64999");
  CHECK(not_compared(one) == std::vector<std::string>{"entity.deny", "dnsbl.deny"});
  one.rules.client({"c", "Client C", "", "", "", lists::ClientMode::as_configured})
      .rule({Rules::is(Field::as_cc, {"FR"})});
  CHECK(not_compared(one) == std::vector<std::string>{"entity.deny", "dnsbl.deny", "client rules"});
}

TEST_CASE("of a login that is refused the allow lists were not, of one that is exempt none") {
  VerdictCase one;
  one.facts = some_failed();
  one.rules.deny(Field::ip_net, "52.96.0.0/14").deny(Field::entity, "org-9-ripe");
  one.rules.allow(Field::asn, "AS64999").allow(Field::rev_host, "x.example.net");
  CHECK(not_compared(one) == std::vector<std::string>{"asn.allow"});
  one.rules.allow(Field::user, "alice");
  CHECK(not_compared(one).empty());
}
