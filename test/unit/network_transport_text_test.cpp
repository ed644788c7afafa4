#include "network/transport/text.hpp"

#include <array>

#include "catch.hpp"

using namespace badclients::network;

TEST_CASE("one of several words is found whatever its case", "[network]") {
  constexpr std::array<std::string_view, 2> words{"rate limit exceeded", "denied"};
  CHECK(contains_any("% Query RATE Limit Exceeded", words));
  CHECK(contains_any("Denied", words));
  CHECK_FALSE(contains_any("rate limit", words));
  CHECK_FALSE(contains_any("", words));
}
