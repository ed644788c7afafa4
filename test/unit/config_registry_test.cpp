#include "catch.hpp"
#include "config/config.hpp"

using namespace badclients::config;
using Sources = std::vector<RegistrySource>;

namespace {

/// The only problem of a [registry] section; empty: none.
std::string problem(const std::string& lines) {
  const auto loaded = parse("[registry]\n" + lines, "test.conf");
  REQUIRE(loaded.problems.size() <= 1);
  return loaded.problems.empty() ? std::string() : loaded.problems.front().str();
}

Config::Registry settings(const std::string& lines) {
  return parse("[registry]\n" + lines, "test.conf").config.registry;
}

}  // namespace

TEST_CASE("registry data is made from what is published for everybody, unless said otherwise",
          "[registry]") {
  CHECK(settings("").sources ==
        Sources{RegistrySource::ris, RegistrySource::asn, RegistrySource::delegated});
  CHECK(settings("").max_age == std::chrono::hours{24 * 14});
}

TEST_CASE("registry/sources names what is fetched, or none", "[registry]") {
  CHECK(settings("sources = Delegated, ripe afrinic APNIC\n").sources ==
        Sources{RegistrySource::delegated, RegistrySource::ripe, RegistrySource::afrinic,
                RegistrySource::apnic});
  CHECK(settings("sources = none\n").sources.empty());
  CHECK(problem("sources = none\n").empty());
}

TEST_CASE("registry/sources that cannot be meant is a problem, and keeps the default",
          "[registry]") {
  const auto rejected = [](const std::string& value, const std::string& why) {
    INFO(value);
    CHECK_THAT(problem("sources = " + value + "\n"),
               ContainsSubstring("test.conf:2: registry/sources: ") && ContainsSubstring(why));
    CHECK(settings("sources = " + value + "\n").sources == Config::Registry().sources);
  };
  rejected("ris arin delegated", "'arin' is none of ris, asn, delegated, ripe, apnic, afrinic");
  rejected("delegated ris ris", "'ris' is named twice");
  rejected("ris none", "or none alone");
  rejected("", "empty (none switches it off)");
  rejected("ripe", "'ripe' lacks delegated, which the others need (try 'ripe delegated')");
}

TEST_CASE("registry/max_age is at least an hour", "[registry]") {
  CHECK(settings("max_age = 36h\n").max_age == std::chrono::hours{36});
  CHECK_THAT(problem("max_age = 10m\n"), ContainsSubstring("registry/max_age"));
  CHECK_THAT(problem("max_age = 2y\n"), ContainsSubstring("registry/max_age"));
}
