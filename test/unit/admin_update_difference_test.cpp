#include "admin/update/difference.hpp"

#include "catch.hpp"

using namespace badclients::admin::update;
using badclients::net::Network;

namespace {

std::vector<Network> list(std::initializer_list<const char*> texts) {
  std::vector<Network> networks;
  for (const auto* text : texts) networks.push_back(*Network::parse(text));
  return networks;
}

}  // namespace

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
