// Decider: entries of lists and the facts they are compared with.

#include "catch.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using lists::Action;
using lists::Field;
using Decision = facts::Verdict::Decision;

namespace {

struct Row {
  Field field;
  const char* entry;
  const char* matched;
};

/// One entry a field that matches VerdictCase::some_facts(), in the order of deciding.
const std::vector<Row> deny_rows{
    {Field::ip_net, "52.96.0.0/14", "ip_net"},
    {Field::rev_host, "mail%..*", "rev_host"},
    {Field::asn, "AS64500", "asn"},
    {Field::as_cc, "US", "as_cc"},
    {Field::as_dscr, "EXAMPLE%-AS .*", "as_dscr"},
    {Field::net_cc, "RU", "net_cc"},
    {Field::net_name, "'example-net", "net_name"},
    {Field::entity, "mail-ru", "entity:Mail-RU"},
    {Field::dnsbl, "zen.example=127.0.0.[2..4]", "dnsbl:zen.example"},
    {Field::client_id, R"(.*"Outlook".*)", "client_id"},
    {Field::maxmind_as_org, "Example.*", "maxmind:as_org"},
    {Field::maxmind_geo_loc, "4744870", "maxmind:geoloc_city"},
    {Field::maxmind_geo_cc, "US", "maxmind:geo_cc"},
    {Field::maxmind_coords, "39,-77.5,50,0.5", "maxmind:geoloc"},
    {Field::maxmind_anonymous, "is_hosting_provider", "maxmind:anonymous:is_hosting_provider"},
};

std::vector<Row> allow_rows() {
  auto rows = deny_rows;
  rows.push_back({Field::user, "al.*", "user"});
  return rows;
}

std::string decided(const VerdictCase& one) {
  const auto verdict = one.decide();
  const char* decision = verdict.decision == Decision::allow  ? "allow"
                         : verdict.decision == Decision::deny ? "deny"
                                                              : "tempfail";
  return verdict.matched.empty() ? decision
                                 : decision + (" " + verdict.matched) + " " + verdict.rule;
}

VerdictCase denying(Field field, const char* entry) {
  VerdictCase one;
  one.rules.deny(field, entry);
  return one;
}

}  // namespace

TEST_CASE("without rules a login is allowed") {
  CHECK(decided({}) == "allow");
  CHECK(VerdictCase{}.decide().logged);
}

TEST_CASE("every field denies, and the verdict names it and the rule") {
  for (const auto& row : deny_rows) {
    const auto file = std::string(lists::name(row.field)) + ".deny.lst:1";
    CHECK(decided(denying(row.field, row.entry)) == "deny " + (row.matched + (" " + file)));
  }
}

TEST_CASE("an entry of every field that does not match lets the login in") {
  const std::vector<Row> rows{{Field::ip_net, "52.96.0.0/16", ""},
                              {Field::rev_host, "mail", ""},
                              {Field::rev_host, "<>", ""},
                              {Field::asn, "AS6450", ""},
                              {Field::as_cc, "RU", ""},
                              {Field::as_dscr, "EXAMPLE%-AS", ""},
                              {Field::net_cc, "US", ""},
                              {Field::net_name, "\"example-net", ""},
                              {Field::entity, "mail", ""},
                              {Field::dnsbl, "zen.example=127.0.0.2", ""},
                              {Field::dnsbl, "another.example", ""},
                              {Field::client_id, "Outlook", ""},
                              {Field::maxmind_as_org, "Example", ""},
                              {Field::maxmind_geo_loc, "1", ""},
                              {Field::maxmind_geo_cc, "RU", ""},
                              {Field::maxmind_coords, "0,0,50,0.5", ""},
                              {Field::maxmind_anonymous, "is_tor_exit_node", ""}};
  for (const auto& row : rows) {
    INFO(lists::name(row.field) << " " << row.entry);
    CHECK(decided(denying(row.field, row.entry)) == "allow");
  }
}

TEST_CASE("an owner's tax number is matched in either spelling, from either source") {
  for (const auto* learnt : {"04.368.865/0001-66", "04368865000166"}) {
    for (const auto* entry : {"04.368.865/0001-66", "04368865000166"}) {
      auto one = denying(Field::entity, entry);
      one.facts.registration.value.entities = {"ADLIG4", learnt};
      CHECK(decided(one) == std::string("deny entity:") + learnt + " entity.deny.lst:1");
    }
    auto other = denying(Field::entity, "04.368.865/0002-47");
    other.facts.registration.value.entities = {learnt};
    CHECK(decided(other) == "allow");
  }
}

TEST_CASE("the first field in the order of deciding is the one that is named") {
  for (std::size_t first = 0; first < deny_rows.size(); ++first) {
    VerdictCase one;
    for (auto i = deny_rows.size(); i-- > first;) {
      one.rules.deny(deny_rows[i].field, deny_rows[i].entry);
    }
    CHECK(one.decide().matched == deny_rows[first].matched);
  }
}

TEST_CASE("an allow entry of any field overrides a deny entry of any field") {
  for (const auto& allow : allow_rows()) {
    const auto expected =
        fmt::format("allow {} {}.allow.lst:1", allow.matched, lists::name(allow.field));
    VerdictCase all;
    all.rules.allow(allow.field, allow.entry);
    for (const auto& deny : deny_rows) {
      auto one = denying(deny.field, deny.entry);
      one.rules.allow(allow.field, allow.entry);
      CHECK(decided(one) == expected);
      all.rules.deny(deny.field, deny.entry);
    }
    all.rules.client({"c", "C", "", "", "", {}});
    all.rules.rule({Rules::is(Field::user, {"alice"})});
    CHECK(decided(all) == expected);
  }
}

TEST_CASE("a reverse name is compared as it is and in lower case, to deny and to allow") {
  const auto matches = [](Rules::Action action, const char* entry) {
    VerdictCase one;
    one.rules.add(Field::rev_host, action, entry);
    if (action == Rules::Action::allow) one.rules.deny(Field::ip_net, "0.0.0.0/0");
    one.facts.reverse_names =
        VerdictCase::known(facts::ReverseNames{{"DYN-1.Example.NET", facts::Confirmed::yes}});
    return one.decide().matched == "rev_host";
  };
  for (const auto action : {Rules::Action::deny, Rules::Action::allow}) {
    for (const auto* entry : {".*dyn.*", ".*DYN.*", "dyn%-1%.example%.net", "\"DYN-1.Example.NET",
                              "\"dyn-1.example.net", "'Dyn-1.EXAMPLE.net"}) {
      INFO(entry);
      CHECK(matches(action, entry));
    }
    CHECK_FALSE(matches(action, ".*Dyn.*"));
  }
}

TEST_CASE("every origin AS and its description match, and the verdict names the AS") {
  const auto as_of = [](Field field, const char* entry) {
    return denying(field, entry).decide().asn;
  };
  CHECK(as_of(Field::asn, "AS64500") == 64500);
  CHECK(as_of(Field::asn, "AS64501") == 64501);
  CHECK(as_of(Field::as_dscr, "EXAMPLE.*") == 64500);
  CHECK(as_of(Field::as_dscr, "'other-as - Other Hosting, DE") == 64501);
  CHECK(as_of(Field::as_cc, "US") == 0);
  VerdictCase allowed;
  allowed.rules.allow(Field::asn, "AS64501");
  CHECK(allowed.decide().asn == 64501);
  CHECK(allowed.decide().matched == "asn");
}

TEST_CASE("a description that failed leaves in doubt whether an entry for it matches") {
  auto one = denying(Field::as_dscr, "OTHER.*");
  one.config.general.on_error = config::OnError::deny;
  one.facts.as_descriptions.at(0) = VerdictCase::failed(facts::AsDescription{64500, ""});
  CHECK(decided(one) == "deny as_dscr as_dscr.deny.lst:1");
  one.facts.as_descriptions.at(1) = VerdictCase::failed(facts::AsDescription{64501, ""});
  CHECK(decided(one) == "deny on_error ");
  one.facts.as_descriptions.clear();
  CHECK(decided(one) == "allow");
}

TEST_CASE("a deny entry matches an AS description without the holder's full name, too") {
  const auto described = [](Rules::Action action, const char* entry) {
    VerdictCase one;
    one.rules.add(Field::as_dscr, action, entry);
    if (action == Rules::Action::allow) one.rules.deny(Field::ip_net, "0.0.0.0/0");
    one.facts.as_descriptions = {
        VerdictCase::known(facts::AsDescription{64500, "HETZNER-AS - Hetzner Online GmbH, DE"})};
    one.facts.origin.value.asns = {64500};
    return one.decide().matched == "as_dscr";
  };
  for (const auto* old : {"'HETZNER-AS, DE", "\"HETZNER-AS, DE", "HETZNER%-AS, DE", "[%w-]+, DE"}) {
    INFO(old);
    CHECK(described(Rules::Action::deny, old));
    CHECK_FALSE(described(Rules::Action::allow, old));
  }
  for (const auto* whole : {"'hetzner-as - hetzner online gmbh, de", "HETZNER%-AS .*"}) {
    INFO(whole);
    CHECK(described(Rules::Action::deny, whole));
    CHECK(described(Rules::Action::allow, whole));
  }
}

TEST_CASE("an unknown fact matches no entry, to deny or to allow") {
  for (const auto knowledge : {facts::Knowledge::not_asked, facts::Knowledge::failed}) {
    VerdictCase denied, allowed;
    for (const auto& row : deny_rows) {
      if (row.field == Field::ip_net || row.field == Field::client_id) continue;
      denied.rules.deny(row.field, row.entry);
      allowed.rules.allow(row.field, row.entry);
    }
    denied.rules.deny(Field::rev_host, "<>").deny(Field::rev_host, ".*");
    allowed.rules.deny(Field::ip_net, "0.0.0.0/0");
    for (auto* one : {&denied, &allowed}) {
      one->facts.reverse_names.knowledge = knowledge;
      one->facts.origin.knowledge = knowledge;
      for (auto& description : one->facts.as_descriptions) description.knowledge = knowledge;
      one->facts.registration.knowledge = knowledge;
      one->facts.dnsbl.front().knowledge = knowledge;
      one->facts.geo_city.knowledge = knowledge;
      one->facts.geo_asn.knowledge = knowledge;
      one->facts.geo_anonymous.knowledge = knowledge;
    }
    CHECK(decided(denied) == "allow");
    CHECK(decided(allowed) == "deny ip_net ip_net.deny.lst:1");
  }
}

TEST_CASE("what is known to be absent matches no entry, not even any pattern") {
  VerdictCase one;
  for (const auto field : {Field::rev_host, Field::as_dscr, Field::net_name, Field::client_id,
                           Field::maxmind_as_org}) {
    one.rules.deny(field, ".*").deny(field, "'").deny(field, "");
  }
  for (const auto field : {Field::as_cc, Field::net_cc, Field::maxmind_geo_cc, Field::entity,
                           Field::maxmind_anonymous}) {
    one.rules.deny(field, "");
  }
  one.rules.deny(Field::asn, "AS0").deny(Field::maxmind_geo_loc, "0");
  one.rules.deny(Field::maxmind_coords, "0,0,20000,0").deny(Field::dnsbl, "zen.example");
  one.login.client_id.clear();
  one.facts.reverse_names.value.clear();
  one.facts.origin.value = {};
  for (auto& description : one.facts.as_descriptions) description.value.text.clear();
  one.facts.registration.value = {};
  one.facts.dnsbl.front().value.answers.clear();
  one.facts.geo_city.value = {};
  one.facts.geo_asn.value = {};
  one.facts.geo_anonymous.value.clear();
  CHECK(decided(one) == "allow");
}

TEST_CASE("only an entry that spells <> denies a login without reverse name") {
  for (const auto* entry : {"<>", "\"<>", "'<>", "%<%>"}) {
    auto one = denying(Field::rev_host, entry);
    one.facts.reverse_names.value.clear();
    CHECK(decided(one) == "deny rev_host rev_host.deny.lst:1");
  }
  for (const auto* entry : {".*", ".?.?", "[^a]+", ""}) {
    auto one = denying(Field::rev_host, entry);
    one.facts.reverse_names.value.clear();
    CHECK(decided(one) == "allow");
  }
}

TEST_CASE("a reverse name denies as it is, but allows only when it is confirmed") {
  using facts::Confirmed;
  const auto with = [](Action action, Confirmed confirmed) {
    VerdictCase one;
    if (action == Action::allow) one.rules.deny(Field::ip_net, "0.0.0.0/0");
    one.rules.add(Field::rev_host, action, "mail%.example%.com");
    one.facts.reverse_names.value = {{"mail.example.com", confirmed}};
    return decided(one);
  };
  CHECK(with(Action::deny, Confirmed::not_asked) == "deny rev_host rev_host.deny.lst:1");
  CHECK(with(Action::deny, Confirmed::no) == "deny rev_host rev_host.deny.lst:1");
  CHECK(with(Action::allow, Confirmed::not_asked) == "deny ip_net ip_net.deny.lst:1");
  CHECK(with(Action::allow, Confirmed::no) == "deny ip_net ip_net.deny.lst:1");
  CHECK(with(Action::allow, Confirmed::yes) == "allow rev_host rev_host.allow.lst:1");
}

TEST_CASE("one confirmed name does not vouch for another") {
  VerdictCase one;
  one.rules.deny(Field::ip_net, "0.0.0.0/0").allow(Field::rev_host, "other%.example%.net");
  CHECK(decided(one) == "deny ip_net ip_net.deny.lst:1");
}

TEST_CASE("the absence of a reverse name never allows") {
  VerdictCase one;
  one.rules.deny(Field::ip_net, "0.0.0.0/0").allow(Field::rev_host, "<>");
  one.facts.reverse_names.value.clear();
  CHECK(decided(one) == "deny ip_net ip_net.deny.lst:1");
}

TEST_CASE("networks hold the address that counts and the one that carries it") {
  const auto at = [](const char* network, const char* address) {
    auto one = denying(Field::ip_net, network);
    one.login.address = net::Address::parse(address).value();
    return one.decide().matched;
  };
  CHECK(at("52.97.0.0/16", "64:ff9b::52.97.246.245") == "ip_net");
  CHECK(at("64:ff9b::/96", "64:ff9b::52.97.246.245") == "ip_net");
  CHECK(at("52.97.0.0/16", "2002:3461:f6f5::1") == "ip_net");
  CHECK(at("2002::/16", "2002:3461:f6f5::1") == "ip_net");
  CHECK(at("52.97.0.0/16", "::ffff:52.97.246.245") == "ip_net");
  CHECK(at("2a01:111:f400::/48", "2a01:111:f400::1") == "ip_net");
  CHECK(at("2002::/16", "52.97.246.245").empty());
  CHECK(at("::/0", "52.97.246.245").empty());
}

TEST_CASE("any origin AS matches, and MaxMind's too") {
  for (const auto* asn : {"AS64500", "AS64501", "AS64502"}) {
    CHECK(denying(Field::asn, asn).decide().matched == "asn");
  }
  auto one = denying(Field::asn, "AS64502");
  one.facts.origin = VerdictCase::failed<facts::Origin>();
  CHECK(one.decide().matched == "asn");
}

TEST_CASE("the city, every subdivision and the country are places") {
  CHECK(denying(Field::maxmind_geo_loc, "6254928").decide().matched == "maxmind:geoloc_subdiv");
  CHECK(denying(Field::maxmind_geo_loc, "6254929").decide().matched == "maxmind:geoloc_subdiv");
  CHECK(denying(Field::maxmind_geo_loc, "6252001").decide().matched == "maxmind:geoloc_country");
}

TEST_CASE("a pattern that cannot be tried matches nothing, and it can be told why") {
  VerdictCase one;
  one.rules.deny(Field::net_name, "%");
  const auto bytes = lists::compile(one.rules.book());
  const auto index = lists::Index::over(std::as_bytes(std::span(bytes))).value();
  lists::PatternMatcher matcher;
  const verdict::Decider decider(index, one.config, matcher);
  CHECK(decider.decide(one.login, one.facts).matched.empty());
  CHECK_FALSE(matcher.trouble().empty());
}
