#include "cache/key.hpp"

#include <algorithm>
#include <set>

#include "catch.hpp"

using namespace badclients::cache;
using badclients::net::Address;
using badclients::net::Network;

namespace {

const Blocks defaults{24, 48};

Address address(const char* text) {
  return *Address::parse(text);
}

std::string stored(const char* for_address, const char* answered, Blocks blocks = defaults) {
  return stored_network(address(for_address), *Network::parse(answered), blocks).str();
}

}  // namespace

TEST_CASE("an answer is stored for the part of its network within the block") {
  CHECK(stored("139.162.133.252", "139.162.128.0/19") == "139.162.133.0/24");
  CHECK(stored("139.162.133.252", "139.162.133.0/24") == "139.162.133.0/24");
  CHECK(stored("139.162.133.252", "139.162.133.128/25") == "139.162.133.128/25");
  CHECK(stored("139.162.133.252", "139.162.133.252/32") == "139.162.133.252/32");
  CHECK(stored("2001:db8:1:2::3", "2001:db8::/32") == "2001:db8:1::/48");
  CHECK(stored("2001:db8:1:2::3", "2001:db8:1:2::/64") == "2001:db8:1:2::/64");
  CHECK(stored("139.162.133.252", "139.0.0.0/8", {16, 48}) == "139.162.0.0/16");
  CHECK(stored("139.162.133.252", "0.0.0.0/0", {0, 0}) == "0.0.0.0/0");
  CHECK(stored("139.162.133.252", "0.0.0.0/0", {32, 128}) == "139.162.133.252/32");
}

TEST_CASE("an IPv6 network between two probed lengths is stored as the narrower") {
  CHECK(stored("2001:db8:1:2::3", "2001:db8:1::/49") == "2001:db8:1::/52");
  CHECK(stored("2001:db8:1:2::3", "2001:db8:1:2::/62") == "2001:db8:1:2::/64");
  CHECK(stored("2001:db8::3", "2001:db8::2/127", {24, 46}) == "2001:db8::3/128");
}

TEST_CASE("an answer about nothing or about another network is for one address") {
  CHECK(stored_network(address("192.0.2.1"), std::nullopt, defaults).str() == "192.0.2.1/32");
  CHECK(stored_network(address("2001:db8::1"), std::nullopt, defaults).str() == "2001:db8::1/128");
  CHECK(stored("192.0.2.1", "198.51.100.0/24") == "192.0.2.1/32");
  CHECK(stored("192.0.2.1", "::/0") == "192.0.2.1/32");
}

TEST_CASE("whatever network is stored is probed for, narrowest first") {
  for (const Blocks blocks : {defaults, Blocks{0, 0}, Blocks{32, 128}, Blocks{17, 47}}) {
    for (const auto* text : {"139.162.133.252", "2001:db8:1:2:3:4:5:6"}) {
      const auto ours = address(text);
      const auto networks = probes(ours, blocks);
      CHECK(networks.front() == Network{ours, ours.bits()});
      CHECK(networks.back() == Network{ours, blocks.around(ours)});
      CHECK(std::is_sorted(networks.rbegin(), networks.rend(),
                           [](const auto& a, const auto& b) { return a.prefix() < b.prefix(); }));
      for (unsigned prefix = 0; prefix <= ours.bits(); ++prefix) {
        const auto kept = stored_network(ours, Network{ours, prefix}, blocks);
        CHECK(kept.prefix() >= prefix);
        CHECK(std::find(networks.begin(), networks.end(), kept) != networks.end());
      }
    }
  }
  CHECK(probes(address("192.0.2.1"), defaults).size() == 9);
  CHECK(probes(address("2001:db8::1"), defaults).size() == 21);
}

TEST_CASE("different things have different keys") {
  std::set<std::string> keys;
  std::size_t count = 0;
  const auto add = [&](std::string key) {
    keys.insert(std::move(key));
    ++count;
  };
  for (const auto outcome : {Outcome::known, Outcome::failed}) {
    for (const auto* text : {"0.0.0.0/24", "0.0.0.0/32", "0.0.1.0/32", "::/24", "::/128"}) {
      for (const auto kind : {Kind::reverse_names, Kind::origin, Kind::registration, Kind::dnsbl}) {
        add(key_of({kind, *Network::parse(text)}, outcome));
      }
      add(key_of({Kind::dnsbl, *Network::parse(text), "zone"}, outcome));
    }
    for (const auto asn : {0U, 1U, 256U, 4294967295U})
      add(key_of({Kind::as_description, {}, {}, asn}, outcome));
  }
  CHECK(keys.size() == count);
}

TEST_CASE("keys are the bytes that released versions have stored") {
  using namespace std::string_literals;
  const auto self = *Network::parse("192.0.2.7");
  CHECK(key_of({Kind::reverse_names, self}, Outcome::known) == "4\xc0\x00\x02\x07\x20r"s);
  CHECK(key_of({Kind::registration, *Network::parse("192.0.2.0/24")}, Outcome::failed) ==
        "4\xc0\x00\x02\x00\x18N"s);
  CHECK(key_of({Kind::origin, *Network::parse("2001:db8::/32")}, Outcome::known) ==
        "6\x20\x01\x0d\xb8"s + std::string(12, '\0') + "\x20o"s);
  CHECK(key_of({Kind::dnsbl, self, "a.example"}, Outcome::known) ==
        "4\xc0\x00\x02\x07\x20"s + "da.example");
  CHECK(key_of({Kind::as_description, {}, {}, 8075}, Outcome::known) == "a\x00\x00\x1f\x8b"s + "a");
}

TEST_CASE("a key tells whether it is an answer's or a failure's") {
  const auto network = *Network::parse("192.0.2.0/24");
  CHECK(outcome_of(key_of({Kind::origin, network}, Outcome::known)) == Outcome::known);
  CHECK(outcome_of(key_of({Kind::dnsbl, *Network::parse("::/0"), "zone"}, Outcome::failed)) ==
        Outcome::failed);
  CHECK(outcome_of(key_of({Kind::as_description, {}, {}, 8075}, Outcome::failed)) ==
        Outcome::failed);
  for (const auto* text : {"", "4", "6234567890123456", "x", "a1234", "4aaaa\x18x"}) {
    CHECK_FALSE(outcome_of(text));
  }
}
