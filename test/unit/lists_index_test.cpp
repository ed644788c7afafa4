#include "lists/index.hpp"

#include <array>
#include <random>
#include <set>
#include <tuple>

#include "catch.hpp"
#include "lists/index_builder.hpp"
#include "lists/index_image.hpp"
#include "rules.hpp"

using namespace badclients::lists;
using badclients::net::Address;
using badclients::net::Network;
using Strings = std::vector<std::string>;

namespace {

/// An index together with its bytes.
struct Compiled {
  explicit Compiled(const RuleBook& book)
      : bytes(compile(book)), index(Index::over(std::as_bytes(std::span(bytes))).value()) {}
  std::string bytes;
  Index index;
};

Index::Visit into(Strings& hits, std::size_t most = 1000) {
  return [&hits, most](const Hit& hit) {
    hits.push_back(hit.where() + " " + hit.value());
    return hits.size() < most;
  };
}

Strings networks(const Index& index, Action action, const char* address) {
  Strings hits;
  index.networks(action, Address::parse(address).value(), into(hits));
  return hits;
}

Strings equal(const Index& index, Field field, Action action, std::string_view value) {
  Strings hits;
  index.equal(field, action, value, into(hits));
  return hits;
}

Strings each(const Index& index, Field field, Action action) {
  Strings hits;
  index.each(field, action, into(hits));
  return hits;
}

Rules some_rules() {
  Rules rules;
  rules.deny(Field::ip_net, "52.96.0.0/14").deny(Field::ip_net, "52.97.0.0/16");
  rules.deny(Field::ip_net, "2a01:111:f400::/48").allow(Field::ip_net, "52.97.246.245/32");
  rules.deny(Field::asn, "AS64500").deny(Field::asn, "AS64501").deny(Field::entity, "mail-ru");
  rules.deny(Field::rev_host, ".*%.example%.com").deny(Field::rev_host, "<>");
  rules.allow(Field::user, "alice");
  rules.client({"one", "Client One", "Vendor", "https://one.example/", "No.", ClientMode::monitor});
  rules.rule({Rules::is(Field::ip_net, {"192.0.2.0/24", "2001:db8::/32"}),
              Rules::is(Field::service, {"POP3", "smtp"}), Rules::is(Field::user, {"a.*"})});
  rules.rule({Rules::is_not(Field::entity, {"A-RIPE"}), Rules::is(Field::rev_host, {"x y", "z"})});
  return rules;
}

}  // namespace

TEST_CASE("an address finds all networks around it, the narrowest first") {
  Rules rules;
  for (const auto* network : {"10.0.0.0/8", "10.1.2.3/32", "10.1.0.0/16", "10.1.2.0/24",
                              "10.1.3.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"}) {
    rules.deny(Field::ip_net, network);
  }
  rules.allow(Field::ip_net, "10.1.0.0/16");
  const Compiled compiled(rules.book());
  const auto& index = compiled.index;

  CHECK(networks(index, Action::deny, "10.1.2.3") ==
        Strings{"ip_net.deny.lst:2 10.1.2.3/32", "ip_net.deny.lst:4 10.1.2.0/24",
                "ip_net.deny.lst:3 10.1.0.0/16", "ip_net.deny.lst:1 10.0.0.0/8",
                "ip_net.deny.lst:6 0.0.0.0/0"});
  CHECK(networks(index, Action::deny, "10.1.4.1") == Strings{"ip_net.deny.lst:3 10.1.0.0/16",
                                                             "ip_net.deny.lst:1 10.0.0.0/8",
                                                             "ip_net.deny.lst:6 0.0.0.0/0"});
  CHECK(networks(index, Action::deny, "255.255.255.255") == Strings{"ip_net.deny.lst:6 0.0.0.0/0"});
  CHECK(networks(index, Action::deny, "2001:db8:1::1") ==
        Strings{"ip_net.deny.lst:7 2001:db8::/32", "ip_net.deny.lst:8 ::/0"});
  CHECK(networks(index, Action::allow, "10.1.2.3") == Strings{"ip_net.allow.lst:1 10.1.0.0/16"});
  CHECK(networks(index, Action::allow, "10.2.0.0").empty());
  CHECK(networks(index, Action::allow, "::1").empty());

  Strings first;
  index.networks(Action::deny, *Address::parse("10.1.2.3"), into(first, 1));
  CHECK(first == Strings{"ip_net.deny.lst:2 10.1.2.3/32"});
}

TEST_CASE("a network that several files name is found in each of them, in their order") {
  Rules rules;
  rules.add_in("ip_net.deny.lst", Field::ip_net, Action::deny, "192.0.2.0/24");
  rules.add_in("ip_net.deny.lst", Field::ip_net, Action::deny, "192.0.2.0/24");
  rules.add_in("ip_net.deny.d/b.lst", Field::ip_net, Action::deny, "192.0.2.0/24");
  const Compiled compiled(rules.book());
  CHECK(networks(compiled.index, Action::deny, "192.0.2.1") ==
        Strings{"ip_net.deny.lst:1 192.0.2.0/24", "ip_net.deny.lst:2 192.0.2.0/24",
                "ip_net.deny.d/b.lst:1 192.0.2.0/24"});
}

TEST_CASE("a network that several files name is found in each of them around a narrower one") {
  for (const auto& [wide, narrow, address] :
       {std::tuple{"192.0.2.0/24", "192.0.2.128/25", "192.0.2.129"},
        std::tuple{"2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::1"}}) {
    Rules rules;
    for (const auto* file : {"a.lst", "b.lst", "c.lst"}) {
      rules.add_in(file, Field::ip_net, Action::deny, wide);
    }
    rules.deny(Field::ip_net, narrow).deny(Field::ip_net, narrow);
    const Compiled compiled(rules.book());
    const auto at = [](const char* where, const char* network) {
      return std::string(where) + " " + network;
    };
    CHECK(networks(compiled.index, Action::deny, address) ==
          Strings{at("ip_net.deny.lst:1", narrow), at("ip_net.deny.lst:2", narrow),
                  at("a.lst:1", wide), at("b.lst:1", wide), at("c.lst:1", wide)});
  }
}

TEST_CASE("a value finds the entries of its field that equal it, in the order of the files") {
  Rules rules;
  rules.deny(Field::net_cc, "RU").deny(Field::as_cc, "RU").allow(Field::as_cc, "DE");
  rules.add_in("b.lst", Field::as_cc, Action::deny, "CN");
  rules.add_in("c.lst", Field::as_cc, Action::deny, "RU");
  const Compiled compiled(rules.book());
  const auto& index = compiled.index;
  CHECK(equal(index, Field::as_cc, Action::deny, "RU") ==
        Strings{"as_cc.deny.lst:1 RU", "c.lst:1 RU"});
  CHECK(equal(index, Field::net_cc, Action::deny, "RU") == Strings{"net_cc.deny.lst:1 RU"});
  CHECK(equal(index, Field::as_cc, Action::allow, "DE") == Strings{"as_cc.allow.lst:1 DE"});
  CHECK(equal(index, Field::as_cc, Action::allow, "RU").empty());
  CHECK(equal(index, Field::as_cc, Action::deny, "R").empty());
  CHECK(equal(index, Field::as_cc, Action::deny, "").empty());
  CHECK(equal(index, Field::asn, Action::deny, "RU").empty());
}

TEST_CASE("of many values each finds its own entry") {
  Rules rules;
  for (int i = 0; i < 3000; ++i) rules.deny(Field::asn, "AS" + std::to_string(7 * i));
  const Compiled compiled(rules.book());
  for (int i = 0; i < 3000; ++i) {
    const auto value = "AS" + std::to_string(7 * i);
    REQUIRE(equal(compiled.index, Field::asn, Action::deny, value) ==
            Strings{"asn.deny.lst:" + std::to_string(i + 1) + " " + value});
    REQUIRE(equal(compiled.index, Field::asn, Action::deny, value + "0x").empty());
  }
}

TEST_CASE("entries that are tried one by one come in the order of the lists") {
  const auto rules = some_rules();
  const Compiled compiled(rules.book());
  const auto& index = compiled.index;
  CHECK(each(index, Field::rev_host, Action::deny) ==
        Strings{"rev_host.deny.lst:1 .*%.example%.com", "rev_host.deny.lst:2 <>"});
  CHECK(each(index, Field::rev_host, Action::allow).empty());
  Strings first;
  index.each(Field::rev_host, Action::deny, into(first, 1));
  CHECK(first.size() == 1);
}

TEST_CASE("the index knows which fields have entries") {
  const auto rules = some_rules();
  const Compiled compiled(rules.book());
  const auto& index = compiled.index;
  CHECK(index.has(Field::ip_net, Action::deny));
  CHECK(index.has(Field::ip_net, Action::allow));
  CHECK(index.has(Field::asn, Action::deny));
  CHECK_FALSE(index.has(Field::asn, Action::allow));
  CHECK_FALSE(index.has(Field::service, Action::deny));
  CHECK(index.has_client_rules());
  CHECK(index.clients_look_at(Field::ip_net));
  CHECK(index.clients_look_at(Field::user));
  CHECK_FALSE(index.clients_look_at(Field::asn));

  const Compiled empty{RuleBook{}};
  CHECK_FALSE(empty.index.has(Field::ip_net, Action::deny));
  CHECK_FALSE(empty.index.has_client_rules());
  CHECK(networks(empty.index, Action::deny, "10.0.0.1").empty());
  CHECK(networks(empty.index, Action::deny, "::1").empty());
}

TEST_CASE("a value that is not canonical is a mistake of the program, and said") {
  Rules rules;
  rules.deny(Field::ip_net, "300.0.0.0/8");
  CHECK_THROWS_AS(compile(rules.book()), std::invalid_argument);
}

TEST_CASE("equal rule books give equal bytes, which are read wherever they lie") {
  const auto rules = some_rules();
  const auto bytes = compile(rules.book());
  CHECK(bytes == compile(rules.book()));
  const auto moved = "x" + bytes;  // no alignment
  const auto index = Index::over(std::as_bytes(std::span(moved)).subspan(1));
  REQUIRE(index);
  CHECK(networks(*index, Action::deny, "52.97.0.1").size() == 2);
  CHECK(index->client(0).name == "Client One");
}

namespace {

/// Compares look-ups with a plain set of networks, asked once for each prefix length.
void compare_with_set(std::size_t count, std::size_t samples, unsigned seed) {
  std::mt19937 random(seed);
  const auto number = [&](unsigned below) { return static_cast<std::uint32_t>(random() % below); };
  const auto address = [&](bool v4) {
    if (v4) return Address::v4(10U << 24 | number(1U << 24));
    std::array<std::uint8_t, 16> bytes{0x2a, 0x01};
    for (const auto i : {2, 3, 4, 5, 6, 15})
      bytes.at(static_cast<std::size_t>(i)) = static_cast<std::uint8_t>(number(i < 4 ? 4 : 256));
    return Address::v6(bytes);
  };
  Rules rules;
  std::set<Network> all;
  std::vector<Network> picked;
  while (all.size() < count) {
    const auto base = address(all.size() % 2 == 0);
    const auto prefix = base.is_v4() ? 12 + number(21) : 20 + number(109);
    const Network network(base, prefix);
    if (!all.insert(network).second) continue;
    rules.deny(Field::ip_net, network.str());
    picked.push_back(network);
  }
  const Compiled compiled(rules.book());
  std::size_t found = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const auto& near = picked[number(static_cast<unsigned>(picked.size()))];
    const std::array asked{near.base(), near.last(), address(true), address(false)};
    for (const auto& one : asked) {
      std::vector<Network> expected, hits;
      for (auto prefix = one.bits() + 1; prefix-- > 0;) {
        if (all.count(Network(one, prefix)) != 0) expected.emplace_back(one, prefix);
      }
      compiled.index.networks(Action::deny, one, [&](const Hit& hit) {
        hits.push_back(hit.network.value());
        return true;
      });
      REQUIRE(hits == expected);
      found += hits.size();
    }
  }
  CHECK(found >= 2 * samples);  // the edges of the picked networks
}

}  // namespace

TEST_CASE("100,000 networks answer as a plain set of them does") {
  compare_with_set(100'000, 500, 1);
}

TEST_CASE("a million networks answer as a plain set of them does", "[.slow]") {
  compare_with_set(1'000'000, 5000, 2);
}

TEST_CASE("few networks answer as a plain set of them does, around every size of a block") {
  for (const std::size_t count : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 1025U, 2049U}) {
    compare_with_set(count, 50, static_cast<unsigned>(count));
  }
}

TEST_CASE("lists that are too long say how many networks there is room for, however few") {
  format::check_length(1 << 20, 1 << 20);
  CHECK_THROWS_WITH(format::check_length((1 << 20) + 1, 1 << 20),
                    ContainsSubstring("more than the 1 MiB that a login can map, which are 65 "
                                      "thousand networks of IPv4, or 37 thousand of IPv6"));
}
