// Index: client rules.

#include <array>

#include "catch.hpp"
#include "lists/index.hpp"
#include "lists/index_builder.hpp"
#include "rules.hpp"

using namespace badclients::lists;
using badclients::net::Address;
using Numbers = std::vector<std::uint32_t>;
using Strings = std::vector<std::string>;

namespace {

struct Compiled {
  explicit Compiled(const Rules& rules)
      : bytes(compile(rules.book())), index(Index::over(std::as_bytes(std::span(bytes))).value()) {}
  std::string bytes;
  Index index;
};

Index::VisitRule into(Numbers& numbers) {
  return [&numbers](std::uint32_t number) {
    numbers.push_back(number);
    return true;
  };
}

Numbers anchored(const Index& index, const char* address) {
  Numbers rules;
  index.anchored(*Address::parse(address), into(rules));
  return rules;
}

Numbers anchored(const Index& index, Field field, std::string_view value) {
  Numbers rules;
  index.anchored(field, value, into(rules));
  return rules;
}

Numbers unanchored(const Index& index) {
  Numbers rules;
  index.unanchored(into(rules));
  return rules;
}

std::vector<ClauseView> clauses(const Index& index, std::uint32_t rule) {
  std::vector<ClauseView> result;
  CHECK(index.clauses(rule, [&](const ClauseView& clause) {
    result.push_back(clause);
    return true;
  }));
  return result;
}

Strings values(const Index& index, const ClauseView& clause) {
  Strings result;
  index.clause_each(clause, [&](std::string_view value) {
    result.emplace_back(value);
    return true;
  });
  return result;
}

}  // namespace

TEST_CASE("the header of a client file is kept") {
  Rules rules;
  rules.client(
      {"a", "A", "Vendor", "https://a.example/", "Please do not.", ClientMode::as_configured});
  rules.client({"b", "", "", "", "", ClientMode::monitor});
  const Compiled compiled(rules);
  const auto a = compiled.index.client(0);
  CHECK(a.id == "a");
  CHECK(a.name == "A");
  CHECK(a.vendor == "Vendor");
  CHECK(a.about == "https://a.example/");
  CHECK(a.message == "Please do not.");
  CHECK(a.mode == ClientMode::as_configured);
  CHECK(compiled.index.client(1).mode == ClientMode::monitor);
  CHECK_THROWS_AS(compiled.index.client(2), DamagedIndex);
}

TEST_CASE("a rule is reached by its most selective clause, and has the others left") {
  Rules rules;
  rules.client({"a", "A", "", "", "", {}});
  rules.rule({Rules::is(Field::service, {"pop3"}), Rules::is(Field::rev_host, {"x.*", "y"}),
              Rules::is(Field::ip_net, {"192.0.2.0/24", "2001:db8::/32"}),
              Rules::is_not(Field::entity, {"a-ripe"})});
  rules.rule({Rules::is(Field::asn, {"AS1", "AS2"})});
  rules.rule({Rules::is_not(Field::asn, {"AS1"}), Rules::is(Field::user, {"ceo", "%d+"})});
  rules.rule({Rules::is(Field::service, {"smtp"}), Rules::is(Field::asn, {"AS2"})});
  const Compiled compiled(rules);
  const auto& index = compiled.index;

  CHECK(index.client_rule_count() == 4);
  CHECK(anchored(index, "192.0.2.7") == Numbers{0});
  CHECK(anchored(index, "2001:db8::1") == Numbers{0});
  CHECK(anchored(index, "192.0.3.7").empty());
  CHECK(anchored(index, Field::asn, "AS1") == Numbers{1});
  CHECK(anchored(index, Field::asn, "AS2") == Numbers{1, 3});
  CHECK(anchored(index, Field::service, "pop3").empty());
  CHECK(unanchored(index) == Numbers{2});
  CHECK(index.has_anchors(Field::ip_net));
  CHECK_FALSE(index.has_anchors(Field::service));

  const auto all = clauses(index, 0);
  REQUIRE(all.size() == 4);
  CHECK(all[0].field == Field::ip_net);  // the anchor comes first
  CHECK(index.clause_holds(all[0], *Address::parse("192.0.2.7")));
  CHECK(all[1].field == Field::service);
  CHECK(index.clause_has(all[1], "pop3"));
  CHECK_FALSE(index.clause_has(all[1], "smtp"));  // of another rule
  CHECK(all[2].field == Field::entity);
  CHECK(all[2].negated);
  CHECK(index.clause_has(all[2], "a-ripe"));
  CHECK(all[3].field == Field::rev_host);
  CHECK(values(index, all[3]) == Strings{"x.*", "y"});

  REQUIRE(clauses(index, 1).size() == 1);
  const auto anchor = clauses(index, 1)[0];
  CHECK(anchor.field == Field::asn);
  CHECK(index.clause_has(anchor, "AS2"));
  CHECK_FALSE(index.clause_has(anchor, "AS3"));
  const auto rule = index.client_rule(1);
  REQUIRE(rule);
  CHECK(rule->where() == "clients/a.client:2");
  CHECK(rule->text == "asn=AS1 asn=AS2");
  CHECK_FALSE(index.client_rule(4));
}

TEST_CASE("a rule on patterns alone is reached by a text that they require") {
  Rules rules;
  rules.client({"a", "A", "", "", "", {}});
  rules.rule({Rules::is(Field::rev_host, {".*%.example%.net", "'Mail.example.org"}),
              Rules::is(Field::service, {"pop3"})});
  rules.rule({Rules::is(Field::rev_host, {".*%.example%.net"}), Rules::is(Field::asn, {"AS1"})});
  rules.rule({Rules::is(Field::rev_host, {".*%.example%.net", "%d.*"})});
  rules.rule({Rules::is_not(Field::rev_host, {".*%.example%.net"})});
  const Compiled compiled(rules);
  const auto& index = compiled.index;
  const auto reached = [&](std::string_view value) {
    Numbers found;
    index.anchored(Field::rev_host, std::array{value}, into(found));
    return found;
  };
  CHECK(reached("a.example.net") == Numbers{0});
  CHECK(reached("MAIL.EXAMPLE.ORG") == Numbers{0});
  CHECK(reached("a.example.com").empty());
  CHECK(anchored(index, Field::asn, "AS1") == Numbers{1});
  CHECK(unanchored(index) == Numbers{2, 3});
  const auto all = clauses(index, 0);
  REQUIRE(all.size() == 2);
  CHECK(all[0].field == Field::rev_host);
  CHECK(values(index, all[0]) == Strings{".*%.example%.net", "'Mail.example.org"});
  CHECK(all[1].field == Field::service);
}

TEST_CASE("a clause of 20,000 networks is one look-up, and shown by its first few") {
  std::vector<std::string> networks;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    networks.push_back(Address::v4(0x0a000000 + 256 * i).str() + "/25");
  }
  Rules rules;
  rules.client({"a", "A", "", "", "", {}});
  rules.rule({Rules::is_not(Field::ip_net, {"10.0.0.0/8"}), Rules::is(Field::user, {"a"})});
  rules.rule({Rules::is(Field::service, {"imap"}), Rules::is(Field::ip_net, networks)});
  rules.rule({Rules::is_not(Field::ip_net, networks), Rules::is(Field::asn, {"AS1"})});
  const Compiled compiled(rules);
  const auto& index = compiled.index;
  CHECK(anchored(index, "10.1.2.3") == Numbers{1});
  CHECK(anchored(index, "10.1.2.200").empty());
  const auto first = clauses(index, 0).back();  // behind the anchor
  const auto last = clauses(index, 2).back();
  CHECK(index.clause_holds(first, *Address::parse("10.1.2.3")));
  CHECK(index.clause_holds(first, *Address::parse("10.1.2.200")));
  CHECK_FALSE(index.clause_holds(first, *Address::parse("11.1.2.3")));
  CHECK(index.clause_holds(last, *Address::parse("10.1.2.3")));
  CHECK_FALSE(index.clause_holds(last, *Address::parse("10.1.2.200")));
  CHECK(index.client_rule(1)->text ==
        "service=imap ip_net=10.0.0.0/25 ip_net=10.0.1.0/25 ip_net=10.0.2.0/25 ip_net=10.0.3.0/25 "
        "ip_net=10.0.4.0/25 ip_net=10.0.5.0/25 ip_net=10.0.6.0/25 ip_net=10.0.7.0/25 "
        "ip_net=... (19992 more)");
}

TEST_CASE("the values of all clauses on a field are at hand") {
  Rules rules;
  rules.client({"a", "A", "", "", "", {}});
  rules.deny(Field::dnsbl, "deny.example");
  rules.rule({Rules::is(Field::dnsbl, {"a.example", "b.example=127.0.0.2"})});
  rules.rule({Rules::is_not(Field::dnsbl, {"c.example"}), Rules::is(Field::user, {"x"})});
  const Compiled compiled(rules);
  Strings zones;
  compiled.index.clients_each(Field::dnsbl, [&](std::string_view zone) {
    zones.emplace_back(zone);
    return true;
  });
  CHECK(zones == Strings{"a.example", "b.example=127.0.0.2", "c.example"});
}

TEST_CASE("a rule is shown as it could be written") {
  Rules rules;
  rules.client({"a", "A", "", "", "", {}});
  rules.rule({Rules::is(Field::maxmind_as_org, {"Microsoft Corp"}),
              Rules::is_not(Field::maxmind_geo_cc, {"DE", "AT"}),
              Rules::is(Field::client_id, {R"("a\b")", ""}), Rules::is(Field::user, {R"(a\b)"})});
  const Compiled compiled(rules);
  CHECK(compiled.index.client_rule(0)->text ==
        "maxmind/as_org=\"Microsoft Corp\" maxmind/geo_cc!=DE maxmind/geo_cc!=AT "
        R"(client_id="\"a\\b\"" client_id="" user=a\b)");
}
