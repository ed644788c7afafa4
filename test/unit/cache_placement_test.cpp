#include "cache/placement.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace badclients::cache;
using badclients::net::Address;
using badclients::net::Network;

namespace {

const Blocks defaults{24, 48};

Address address(const char* text) {
  return *Address::parse(text);
}

std::optional<Range> range(const char* first, const char* last) {
  return Range{address(first), address(last)};
}

std::string text(const std::vector<Network>& networks) {
  std::string result;
  for (const auto& network : networks) result += (result.empty() ? "" : " ") + network.str();
  return result;
}

}  // namespace

TEST_CASE("an answer within the block serves its own range") {
  const auto where = [](const char* first, const char* last) {
    return text(places(address("192.0.2.9"), range(first, last), defaults));
  };
  CHECK(where("192.0.2.8", "192.0.2.15") == "192.0.2.8/29");
  CHECK(where("192.0.2.0", "192.0.2.255") == "192.0.2.0/24");
  CHECK(where("192.0.2.9", "192.0.2.9") == "192.0.2.9/32");
}

TEST_CASE("a wider answer serves its address, and provisionally the block and its own range") {
  const auto where = [](const char* first, const char* last) {
    return text(places(address("192.0.2.9"), range(first, last), defaults));
  };
  CHECK(where("192.0.0.0", "192.0.255.255") == "192.0.2.9/32 192.0.2.0/24 192.0.0.0/16");
  CHECK(where("192.0.2.8", "192.0.3.255") == "192.0.2.9/32 192.0.2.8/29");
  CHECK(where("192.0.2.0", "192.0.6.255") == "192.0.2.9/32 192.0.2.0/24 192.0.2.0/23 192.0.4.0/23");
  // About nothing, or about others.
  CHECK(text(places(address("192.0.2.9"), std::nullopt, defaults)) == "192.0.2.9/32");
  CHECK(where("198.51.0.0", "198.51.255.255") == "192.0.2.9/32");
  CHECK(text(places(address("2001:db8:1::1"), range("192.0.0.0", "192.0.255.255"), defaults)) ==
        "2001:db8:1::1/128");
}

TEST_CASE("an answer is the address' own where it was asked for it, or lies within the block") {
  const auto own = [](const char* network, const char* first, const char* last) {
    return is_own(*Network::parse(network), range(first, last), address("192.0.2.9"), defaults);
  };
  CHECK(own("192.0.2.9/32", "192.0.0.0", "192.0.255.255"));
  CHECK(own("192.0.2.8/29", "192.0.2.8", "192.0.2.15"));
  CHECK(own("192.0.2.0/24", "192.0.2.0", "192.0.2.255"));
  CHECK_FALSE(own("192.0.2.0/24", "192.0.2.0", "192.0.3.255"));
  CHECK_FALSE(own("192.0.2.8/29", "192.0.2.8", "192.0.3.0"));
  CHECK_FALSE(
      is_own(*Network::parse("192.0.2.0/24"), std::nullopt, address("192.0.2.9"), defaults));
}

TEST_CASE("an allocation is what is wider than a block, and no wider than what is allocated") {
  const auto of = [](const char* for_address, const char* first, const char* last) {
    return text(allocations(address(for_address), range(first, last), defaults));
  };
  CHECK(of("177.5.1.1", "177.5.0.0", "177.5.255.255") == "177.5.0.0/16");
  CHECK(of("177.5.1.1", "177.0.0.0", "177.95.255.255") == "177.0.0.0/10 177.64.0.0/11");
  // Whoever of it asks, it is known by the same network.
  CHECK(of("177.64.1.1", "177.0.0.0", "177.95.255.255") == "177.0.0.0/10 177.64.0.0/11");
  CHECK(of("2001:db8:1::1", "2001:db8::", "2001:dbf:ffff:ffff:ffff:ffff:ffff:ffff") ==
        "2001:db8::/29");
  CHECK(of("41.1.1.1", "41.0.0.0", "41.255.255.255") == "41.0.0.0/8");
  CHECK(of("41.1.1.1", "40.0.0.0", "41.255.255.255").empty());
  CHECK(of("41.1.1.1", "0.0.0.0", "255.255.255.255").empty());
  CHECK(of("2001:db8::1", "2000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").empty());
  CHECK(of("192.0.2.1", "192.0.2.0", "192.0.2.255").empty());
  CHECK(of("192.0.2.250", "192.0.2.240", "192.0.3.15").empty());
  CHECK(of("192.0.2.1", "192.1.0.0", "192.1.255.255").empty());
  CHECK(of("192.0.2.1", "2001:db8::", "2001:db9::").empty());
  // At most so many, the widest.
  const auto many = allocations(address("10.0.3.1"), range("10.0.1.0", "10.127.254.255"), defaults);
  CHECK(many.size() == 8);
  CHECK(many.front().str() == "10.32.0.0/11");
  CHECK(std::is_sorted(many.begin(), many.end(),
                       [](const auto& a, const auto& b) { return a.prefix() < b.prefix(); }));
}

TEST_CASE("whatever is stored for an allocation is probed for, narrowest first") {
  for (const auto* first : {"41.0.0.0", "2001::"}) {
    const auto base = address(first);
    const auto probed = allocation_probes(base, defaults);
    CHECK(std::is_sorted(probed.rbegin(), probed.rend(),
                         [](const auto& a, const auto& b) { return a.prefix() < b.prefix(); }));
    for (unsigned prefix = base.is_v4() ? 8 : 16; prefix < defaults.around(base); ++prefix) {
      const Network network{base, prefix};
      const auto found = allocations(base, Range{network.base(), network.last()}, defaults);
      CHECK(found == std::vector{network});
      CHECK(std::find(probed.begin(), probed.end(), network) != probed.end());
    }
  }
  for (const Blocks blocks : {Blocks{0, 0}, Blocks{8, 16}}) {
    CHECK(allocation_probes(address("41.0.0.0"), blocks).empty());
    CHECK(allocation_probes(address("2001::"), blocks).empty());
  }
}
