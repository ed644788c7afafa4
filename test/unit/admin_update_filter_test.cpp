#include "admin/update/filter.hpp"

#include <array>

#include "catch.hpp"

using badclients::admin::update::Filter;

namespace {

constexpr std::array<std::string_view, 2> keys{"service", "region"};

Filter filter(std::string_view text) {
  const auto read = Filter::parse(text, keys, "service");
  INFO((read ? "" : read.error()));
  REQUIRE(read);
  return *read;
}

std::string fault(std::string_view text) {
  const auto read = Filter::parse(text, keys, "");
  return read ? "no error" : read.error();
}

}  // namespace

TEST_CASE("the empty filter accepts everything") {
  CHECK(Filter{}.accepts({{"service", "EC2"}}));
  CHECK(Filter{}.accepts({}));
  CHECK(Filter{}.empty());
}

TEST_CASE("all keys of a filter have to match, in any case of letters") {
  const auto ec2 = filter("service=ec2,Region=us-east-1");
  CHECK(ec2.accepts({{"service", "EC2"}, {"region", "us-east-1"}}));
  CHECK_FALSE(ec2.accepts({{"service", "EC2"}, {"region", "us-east-2"}}));
  CHECK_FALSE(ec2.accepts({{"service", "S3"}, {"region", "us-east-1"}}));
  CHECK_FALSE(ec2.accepts({{"service", "EC2"}}));
  CHECK_FALSE(ec2.accepts({{"service", "EC"}, {"region", "us-east-1"}}));
}

TEST_CASE("a repeated key means any of its values") {
  const auto either = filter("service=EC2, service=S3");
  CHECK(either.accepts({{"service", "S3"}}));
  CHECK(either.accepts({{"service", "EC2"}}));
  CHECK_FALSE(either.accepts({{"service", "AMAZON"}}));
}

TEST_CASE("an entry with several values of a key is accepted for any of them") {
  CHECK(filter("region=b").accepts({{"region", "a"}, {"region", "b"}}));
}

TEST_CASE("what has no key means the one that most people want") {
  CHECK(filter("Exchange").accepts({{"service", "Exchange"}}));
  CHECK_THAT(fault("Exchange"), ContainsSubstring("'Exchange' is no filter KEY=VALUE (known are: "
                                                  "service, region)"));
}

TEST_CASE("a quoted value may hold commas and blanks") {
  const auto city = filter("region=\"Washington, D.C.\",service=a");
  CHECK(city.accepts({{"region", "Washington, D.C."}, {"service", "a"}}));
  CHECK(filter("region = Cedar Knolls ").accepts({{"region", "Cedar Knolls"}}));
}

TEST_CASE("a filter is written as it can be read again") {
  for (const auto* text : {"service=EC2,region=us-east-1", "service=EC2,service=S3",
                           "service=\"a, b\"", "region=\"Cedar Knolls\""}) {
    CHECK(filter(text).str() == text);
  }
  CHECK(filter("Exchange").str() == "service=Exchange");
}

TEST_CASE("a filter that cannot be meant is refused with the keys that there are") {
  CHECK(fault("servce=EC2") == "'servce=EC2' is no filter KEY=VALUE (known are: service, region)");
  CHECK_THAT(fault(""), ContainsSubstring("known are: service, region"));
  CHECK_THAT(fault("service=a,"), ContainsSubstring("known are: service, region"));
  CHECK_THAT(fault("service="), ContainsSubstring("empty value"));
  CHECK_THAT(fault("service=\"\""), ContainsSubstring("empty value"));
  CHECK_THAT(fault("service=\"a"), ContainsSubstring("unmatched double quote"));
  CHECK_THAT(Filter::parse("a=b", {}, "").error(), ContainsSubstring("none for this source"));
}
