#include "admin/update/network_sets.hpp"

#include <random>
#include <set>

#include "catch.hpp"

using namespace badclients::admin::update;
using badclients::net::Address;
using badclients::net::Network;
using Networks = std::vector<Network>;

namespace {

Networks list(std::initializer_list<const char*> texts) {
  Networks networks;
  for (const auto* text : texts) networks.push_back(*Network::parse(text));
  return networks;
}

std::string aggregated(std::initializer_list<const char*> texts) {
  std::string result;
  for (const auto& network : aggregate(list(texts))) {
    result += (result.empty() ? "" : " ") + network.str();
  }
  return result;
}

}  // namespace

TEST_CASE("contained and repeated networks go") {
  CHECK(aggregated({"10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "10.255.255.255"}) == "10.0.0.0/8");
  CHECK(aggregated({"10.1.0.0/16", "10.0.0.0/8"}) == "10.0.0.0/8");
  CHECK(aggregated({}) == "");
}

TEST_CASE("halves become the whole, over and over") {
  CHECK(aggregated({"192.0.2.0/25", "192.0.2.128/25"}) == "192.0.2.0/24");
  CHECK(aggregated({"192.0.2.192/26", "192.0.2.0/25", "192.0.2.128/27", "192.0.2.160/27"}) ==
        "192.0.2.0/24");
  CHECK(aggregated({"0.0.0.0/1", "128.0.0.0/1"}) == "0.0.0.0/0");
  CHECK(aggregated({"2001:db8::/33", "2001:db8:8000::/33"}) == "2001:db8::/32");
  CHECK(aggregated({"2001:db8::", "2001:db8::1"}) == "2001:db8::/127");
}

TEST_CASE("neighbours that are not halves of one network stay apart") {
  CHECK(aggregated({"192.0.2.64/26", "192.0.2.128/26"}) == "192.0.2.64/26 192.0.2.128/26");
  CHECK(aggregated({"192.0.2.0/25", "192.0.2.128/26"}) == "192.0.2.0/25 192.0.2.128/26");
}

TEST_CASE("the families do not mix, and the result is sorted") {
  CHECK(aggregated({"::/1", "203.0.113.0/24", "8000::/1", "0.0.0.0/1"}) ==
        "0.0.0.0/1 203.0.113.0/24 ::/0");
}

TEST_CASE("whatever the networks, their addresses stay, and no fewer networks would do") {
  std::mt19937 random{42};
  for (int round = 0; round < 200; ++round) {
    // Within one /24, so that every address can be looked at.
    Networks networks;
    std::set<std::uint32_t> wanted;
    for (unsigned i = 0; i < 1 + round % 20U; ++i) {
      networks.emplace_back(Address::v4(0xc0000200U + random() % 256), 24 + random() % 9);
    }
    for (std::uint32_t i = 0; i < 256; ++i) {
      const auto address = Address::v4(0xc0000200U + i);
      for (const auto& network : networks) {
        if (network.contains(address)) wanted.insert(i);
      }
    }
    const auto result = aggregate(networks);
    std::set<std::uint32_t> got;
    for (const auto& network : result) {
      for (std::uint32_t i = 0; i < 256; ++i) {
        if (network.contains(Address::v4(0xc0000200U + i))) CHECK(got.insert(i).second);
      }
    }
    CHECK(got == wanted);
    // Minimal: the greedy cover by largest aligned blocks is the known minimum.
    std::size_t fewest = 0;
    for (std::uint32_t i = 0; i < 256;) {
      std::uint32_t size = 1;
      const auto whole = [&](std::uint32_t length) {
        for (std::uint32_t j = i; j < i + length; ++j) {
          if (wanted.count(j) == 0) return false;
        }
        return true;
      };
      if (wanted.count(i) != 0) {
        while (size < 256 && i % (2 * size) == 0 && whole(2 * size)) size *= 2;
        ++fewest;
      }
      i += size;
    }
    CHECK(result.size() == fewest);
  }
}

TEST_CASE("a difference shows what comes and what goes, in the order of addresses") {
  const auto difference = compare(list({"8.8.4.0/24", "8.8.8.0/24", "2600::/32"}),
                                  list({"1.1.1.0/24", "8.8.8.0/24", "8.8.8.0/25", "2a00::/32"}));
  CHECK(difference.text(100) == "+1.1.1.0/24\n-8.8.4.0/24\n+8.8.8.0/25\n-2600::/32\n+2a00::/32\n");
  CHECK_FALSE(difference.none());
}

TEST_CASE("a long difference is cut, and says by how much") {
  const auto difference = compare({}, list({"1.1.1.0/24", "8.8.8.0/24", "2a00::/32"}));
  CHECK(difference.text(2) == "+1.1.1.0/24\n+8.8.8.0/24\n... and 1 more\n");
  CHECK(difference.text(3) == "+1.1.1.0/24\n+8.8.8.0/24\n+2a00::/32\n");
}

TEST_CASE("equal lists have no difference") {
  CHECK(compare(list({"8.8.8.0/24"}), list({"8.8.8.0/24"})).none());
  CHECK(compare({}, {}).text(5).empty());
}
