#include "registry/compile/as_names.hpp"

#include "catch.hpp"
#include "registry/compile/foreign.hpp"
#include "registry_files.hpp"

using namespace badclients;
using namespace badclients::registry;
using badclients::test::reading_of;

namespace {

struct Read {
  tl::expected<Reading, std::string> reading;
  AsNames names;
};

Read read(const std::string& text,
          const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ripencc = {}) {
  Read result;
  result.reading =
      reading_of(text, [&](Input& input) { return read_as_names(input, ripencc, result.names); });
  return result;
}

}  // namespace

TEST_CASE("a dash parts an AS's name from its organisation, as Team Cymru writes it",
          "[registry]") {
  CHECK(with_dash("HETZNER-AS Hetzner Online GmbH, DE") == "HETZNER-AS - Hetzner Online GmbH, DE");
  CHECK(with_dash("CERN CERN - European Organization for Nuclear Research, CH") ==
        "CERN - CERN - European Organization for Nuclear Research, CH");
  CHECK(with_dash("ASN-HRTNET  HRT - Croatian Radio Television, HR") ==
        "ASN-HRTNET - HRT - Croatian Radio Television, HR");
  for (const auto* text : {"Polismyndigheten, SE", "OVH, FR", "- , NZ", "AS4745-138 - , KR",
                           "GOOGLE - Google LLC, US", "NAME", "", "NAME -", ", DE"}) {
    CHECK(with_dash(text) == text);
  }
}

TEST_CASE("AS descriptions get their dash in RIPE's region alone", "[registry]") {
  const auto [reading, names] = read(
      "0 -Reserved AS-, ZZ\n"
      "1 LVLT-1 - Level 3 Parent, LLC, US\n"
      "7 SEVEN Seven Ltd., GB\n"
      "10 TEN Ten Ltd., GB\n"
      "4294967295 LAST Last Ltd., GB\n",
      {{3, 9}, {11, 4294967295}});
  REQUIRE(reading);
  CHECK(reading->counts == Counts{{"asn", 5}});
  CHECK_FALSE(reading->made);
  CHECK(names == AsNames{{1, "LVLT-1 - Level 3 Parent, LLC, US"},
                         {7, "SEVEN - Seven Ltd., GB"},
                         {10, "TEN Ten Ltd., GB"},
                         {4294967295, "LAST - Last Ltd., GB"}});
}

TEST_CASE("AS descriptions are UTF-8, else taken for Latin-1", "[registry]") {
  const auto names = read("1 C\xc3\xb4te, CI\n2 C\xf4te, CI\n3 A\x01\tB\xc2\xa0 C\x7f\n").names;
  REQUIRE(names.size() == 3);
  CHECK(names[0].second == "C\xc3\xb4te, CI");
  CHECK(names[1].second == "C\xc3\xb4te, CI");
  CHECK(names[2].second == "A  B  C");
}

TEST_CASE("foreign text is bounded, and cut between two characters", "[registry]") {
  std::string text(1023, 'x');
  CHECK(foreign_text(text + "\xc3\xb4") == text);
  CHECK(foreign_text(std::string(5000, 'x')).size() == 1024);
  CHECK(foreign_text("a\r\nmail-audit: user=<x>") == "a  mail-audit: user=<x>");
  CHECK(foreign_text("a\xe2\x80\xa8"
                     "b") == "a b");
  CHECK(foreign_text(" \t ").empty());
}

TEST_CASE("a file of AS descriptions that is not whole is refused", "[registry]") {
  CHECK_THAT(read("1 ONE, US\n2 TW").reading.error(), ContainsSubstring("cut short"));
  CHECK_THAT(read("2 TWO, US\n1 ONE, US\n").reading.error(),
             ContainsSubstring("line 2: AS numbers that do not ascend"));
  CHECK_THAT(read("1 ONE, US\n1 ONE, US\n").reading.error(), ContainsSubstring("line 2"));
  std::string html;
  for (int i = 0; i < 200; ++i) html += "<p>Not here</p>\n";
  CHECK_THAT(read(html).reading.error(), ContainsSubstring("no such file: line 1"));
  std::string endless;
  for (int i = 0; i <= 1'000'000; ++i) endless += std::to_string(i) + " x\n";
  CHECK_THAT(read(endless).reading.error(), ContainsSubstring("more ASes than there are"));
  const auto few = read("1 ONE, US\nx\n2\n3 THREE, US\n");
  REQUIRE(few.reading);
  CHECK(few.reading->lines_left_out == 2);
  CHECK(few.names.size() == 2);
}
