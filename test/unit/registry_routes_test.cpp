#include "registry/compile/routes.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "registry_files.hpp"

using namespace badclients;
using namespace badclients::registry;
using badclients::test::reading_of;

namespace {

std::string dump(const std::string& rows) {
  return "%\n% This file was generated at Fri Dec 20 10:06:01 UTC 2024.\n% \n" + rows +
         "\n% End of dump\n\n\n";
}

struct Read {
  tl::expected<Reading, std::string> reading;
  std::vector<std::string> routes;  ///< "PREFIX ASN ASN"
};

Read read(const std::string& text, net::Family family) {
  const TempFolder folder;
  Sorter sorter{folder.path(), 1'000'000};
  Read result;
  result.reading =
      reading_of(text, [&](Input& input) { return read_routes(input, family, sorter); });
  sorter.finish();
  Routes routes{sorter};
  while (const auto stretch = routes.next()) {
    const auto origins = decode_origins(stretch->payload);
    const net::Network network{address_of(stretch->range.first), origins.prefix};
    CHECK(point_of(network.last()) == stretch->range.last);
    result.routes.push_back(fmt::format("{} {}", network.str(), fmt::join(origins.asns, " ")));
  }
  return result;
}

std::vector<std::string> routes4(const std::string& rows) {
  const auto result = read(dump(rows), net::Family::v4);
  CHECK(result.reading);
  return result.routes;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("origins of a prefix come in the order of peers, then by number", "[registry]") {
  CHECK(routes4("3\t192.0.2.0/24\t20\n"
                "1\t192.0.2.0/24\t30\n"
                "9\t192.0.2.0/24\t20\n"
                "2\t192.0.0.0/16\t400\n") == Lines{"192.0.0.0/16 2", "192.0.2.0/24 1 3 9"});
}

TEST_CASE("each AS of a set counts, and an AS only once", "[registry]") {
  const auto result = read(dump("{36786}\t2001:510::/32\t173\n"
                                "376\t2001:510::/32\t180\n"
                                "{36786,11}\t2001:510::/32\t32\n"),
                           net::Family::v6);
  CHECK(result.routes == Lines{"2001:510::/32 376 36786 11"});
  REQUIRE(result.reading);
  CHECK(result.reading->counts == Counts{{"routes", 3}});
}

TEST_CASE("noise is left out of routes", "[registry]") {
  CHECK(routes4("1\t0.0.0.0/0\t300\n"
                "1\t8.0.0.0/7\t300\n"
                "2\t8.0.0.0/8\t300\n"
                "3\t192.0.2.0/24\t9\n"
                "4\t192.0.2.0/24\t10\n"
                "0\t192.0.4.0/24\t300\n"
                "23456\t192.0.4.0/24\t300\n"
                "64512\t192.0.4.0/24\t300\n"
                "65535\t192.0.4.0/24\t300\n"
                "131071\t192.0.4.0/24\t300\n"
                "4200000000\t192.0.4.0/24\t300\n"
                "4294967295\t192.0.4.0/24\t300\n"
                "{64512,5}\t192.0.5.0/24\t300\n"
                "6\t2001:db8::/32\t300\n") ==
        Lines{"8.0.0.0/8 2", "192.0.2.0/24 4", "192.0.5.0/24 5"});
  const auto v6 = read(dump("1\t::/0\t300\n2\t2000::/15\t300\n3\t2000::/16\t300\n"
                            "4\t::ffff:192.0.2.0/120\t300\n5\t::1:0:0:0/80\t300\n"),
                       net::Family::v6);
  CHECK(v6.routes == Lines{"2000::/16 3"});
}

TEST_CASE("a set with more ASes than a fact may have loses those that fewest have seen",
          "[registry]") {
  std::string rows;
  for (int asn = 1; asn <= 100; ++asn) rows += fmt::format("{}\t192.0.2.0/24\t{}\n", asn, 10 + asn);
  const auto routes = routes4(rows);
  REQUIRE(routes.size() == 1);
  CHECK_THAT(routes[0], ContainsSubstring("192.0.2.0/24 100 99 98"));
  CHECK(std::ranges::count(routes[0], ' ') == 64);
}

TEST_CASE("a dump says when it was made", "[registry]") {
  const auto made = read(dump("1\t192.0.2.0/24\t300\n"), net::Family::v4).reading->made;
  REQUIRE(made);
  CHECK(std::chrono::system_clock::to_time_t(*made) == 1734689161);
}

TEST_CASE("a dump that is not whole is refused", "[registry]") {
  const auto error = [](const std::string& text) {
    return read(text, net::Family::v4).reading.error();
  };
  const auto whole = dump("1\t192.0.2.0/24\t300\n");
  CHECK_THAT(error(whole.substr(0, whole.find("% End"))), ContainsSubstring("cut short"));
  CHECK_THAT(error(""), ContainsSubstring("cut short"));
  CHECK_THAT(error(whole + "1\t192.0.2.0/24\t300\n"), ContainsSubstring("behind its end"));
  CHECK_THAT(error("1\t192.0.2.0/24\t300\n% End of dump\n"), ContainsSubstring("when it was"));
  std::string html;
  for (int i = 0; i < 200; ++i) html += "<p>Not here</p>\n";
  CHECK_THAT(error(html), ContainsSubstring("no such file: line 1: no origin"));
}

TEST_CASE("a dump that was generated in no year that there can be is refused", "[registry]") {
  for (const auto* year : {"9999", "0001"}) {
    auto text = dump("10\t192.0.2.0/24\t300\n");
    text.replace(text.find("2024"), 4, year);
    CHECK_THAT(read(text, net::Family::v4).reading.error(), ContainsSubstring("does not say when"));
  }
}

TEST_CASE("a few lines that are wrong are left out, and counted", "[registry]") {
  const auto result = read(dump("1\t192.0.2.0/24\n"
                                "x\t192.0.2.0/24\t300\n"
                                "{1\t192.0.2.0/24\t300\n"
                                "{}\t192.0.2.0/24\t300\n"
                                "{1,}\t192.0.2.0/24\t300\n"
                                "1\t192.0.2.0/33\t300\n"
                                "1\t192.0.2.0/24\t-1\n"
                                "7\t192.0.2.0/24\t300\r\n"),
                           net::Family::v4);
  REQUIRE(result.reading);
  CHECK(result.reading->lines_left_out == 6);
  CHECK(result.reading->first_left_out == "line 4: no origin, prefix and number of peers");
  CHECK(result.routes == Lines{"192.0.2.0/24 1 7"});
}
