#include "registry/compile/delegations.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "registry_files.hpp"

using namespace badclients;
using namespace badclients::registry;
using badclients::test::reading_of;

namespace {

constexpr const char* file =
    "# a comment\n"
    "#\n"
    "2.3|ripencc|20260929|10||20260928|+0200\n"
    "ripencc|*|ipv4|*|5|summary\n"
    "ripencc|*|asn|*|3|summary\n"
    "ripencc|*|ipv6|*|2|summary\n"
    "ripencc|BG|ipv4|87.116.83.0|2304|20050913|allocated|holder\n"
    "ripencc|EU|ipv4|192.0.2.0|256|19930125|assigned|holder\n"
    "ripencc|ZZ|ipv4|198.51.100.0|1||allocated|\n"
    "ripencc||ipv4|185.0.40.64|448||reserved\n"
    "ripencc||ipv4|194.147.40.0|1024||available\n"
    "ripencc|EU|asn|7|3|19930901|allocated|holder\n"
    "ripencc|DE|asn|4294967295|1|19930901|allocated|holder\n"
    "ripencc||asn|5575|1||reserved\n"
    "ripencc|BG|ipv6|2001:db8:6::|48|20011218|assigned|holder|more|fields\n"
    "ripencc||ipv6|2a18::|13||available\n";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = file;
  text.replace(text.find(from), from.size(), to);
  return text;
}

struct Read {
  tl::expected<Reading, std::string> reading;
  Delegations delegations;
};

Read read(const std::string& text, Registry registry = Registry::ripencc) {
  Read result;
  result.reading = reading_of(
      text, [&](Input& input) { return read_delegated(input, registry, result.delegations); });
  return result;
}

Range range(const std::string& first, const std::string& last) {
  return {point_of(*net::Address::parse(first)), point_of(*net::Address::parse(last))};
}

}  // namespace

TEST_CASE("delegated blocks have the number of addresses that is written there", "[registry]") {
  const auto [reading, delegations] = read(file);
  REQUIRE(reading);
  const auto& blocks = delegations.blocks;
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[0].range == range("87.116.83.0", "87.116.91.255"));
  CHECK(blocks[0].to == Delegation{Registry::ripencc, {'B', 'G'}});
  CHECK(blocks[1].range == range("192.0.2.0", "192.0.2.255"));
  CHECK(blocks[2].range == range("198.51.100.0", "198.51.100.0"));
  CHECK(blocks[2].to == Delegation{Registry::ripencc, {}});
  CHECK(blocks[3].range == range("2001:db8:6::", "2001:db8:6:ffff:ffff:ffff:ffff:ffff"));
  CHECK(encode(delegations.asns) == "7-9 4294967295");
}

TEST_CASE("a delegated file says when it was made, and how much it holds", "[registry]") {
  const auto reading = read(file).reading;
  REQUIRE(reading);
  CHECK(reading->made == day_of("20260928"));
  CHECK(reading->counts == Counts{{"asn", 3}, {"ipv4", 5}, {"ipv6", 2}});
}

TEST_CASE("a delegated file that is not whole is refused", "[registry]") {
  const auto error = [](const std::string& text) { return read(text).reading.error(); };
  CHECK_THAT(error("<html>\n<body>Not here</body>\n"), ContainsSubstring("line 1: no header"));
  CHECK_THAT(error(""), ContainsSubstring("no header"));
  const std::string text = file;
  CHECK_THAT(error(text.substr(0, text.rfind("ripencc|"))),
             ContainsSubstring("has 9 records, its header says 10"));
  CHECK_THAT(error(changed("asn|*|3", "asn|*|4")),
             ContainsSubstring("3 records of asn, its summary says 4"));
  CHECK_THAT(error(changed("|2304|", "|0|")), ContainsSubstring("line 7: a block that is none"));
  CHECK_THAT(error(changed("|2304|", "|4294967296|")), ContainsSubstring("line 7"));
  CHECK_THAT(error(changed("87.116.83.0", "2001:db8::")), ContainsSubstring("line 7"));
  CHECK_THAT(error(changed("::|48|", "::|129|")), ContainsSubstring("line 15"));
  CHECK_THAT(error(changed("6::|48|", "6::1|48|")), ContainsSubstring("line 15"));
  CHECK_THAT(error(changed("|4294967295|1|", "|4294967295|2|")), ContainsSubstring("line 13"));
  CHECK_THAT(error(changed("ripencc|BG|ipv4", "arin|BG|ipv4")), ContainsSubstring("line 7"));
  CHECK_THAT(read(file, Registry::arin).reading.error(),
             ContainsSubstring("of another registry than arin"));
  // Types are written into registry.db, by kind of entry.
  for (const auto* type : {"as\tn", "ipv4 9", "ipv5", ""}) {
    INFO(type);
    const auto reading = read(changed("|ipv4|198", fmt::format("|{}|198", type))).reading;
    REQUIRE_FALSE(reading);
    CHECK_THAT(reading.error(), ContainsSubstring("line 9: neither asn, ipv4 nor ipv6"));
  }
  std::string endless = "2|ripencc|20260928|1|19700101|20260928|+0000\n";
  const auto header = endless.size();
  for (const auto* record :
       {"ripencc||asn|1|1||allocated\n", "ripencc||ipv4|1.0.0.0|1||assigned\n"}) {
    endless.resize(header);
    for (int i = 0; i <= 1'000'000; ++i) endless += record;
    CHECK_THAT(error(endless), ContainsSubstring("line 1000002: more "));
  }
  CHECK_THAT(error(changed("|ipv4|*", "|ipv5|*")), ContainsSubstring("line 4: no such summary"));
}

TEST_CASE("AS numbers are kept as ranges", "[registry]") {
  using Asns = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  CHECK(encode(Asns{{1, 1}, {2, 5}, {6, 6}, {8, 8}}) == "1-6 8");
  CHECK(decode_asns("1-6 8") == Asns{{1, 6}, {8, 8}});
  CHECK(encode(Asns{}).empty());
  CHECK(decode_asns("").empty());
  CHECK(decode_asns("x 7-y -3 8").size() == 1);
}

TEST_CASE("what lies in delegated space, across blocks that touch", "[registry]") {
  const Delegation ripe{Registry::ripencc, {}}, apnic{Registry::apnic, {}};
  const DelegatedSpace space{{{range("192.0.2.128", "192.0.2.255"), ripe},
                              {range("192.0.2.0", "192.0.2.127"), ripe},
                              {range("192.0.4.0", "192.0.4.255"), ripe},
                              {range("192.0.3.0", "192.0.3.255"), apnic}},
                             Registry::ripencc};
  CHECK(space.contains(range("192.0.2.0", "192.0.2.255")));
  CHECK(space.contains(range("192.0.2.100", "192.0.2.200")));
  CHECK_FALSE(space.contains(range("192.0.2.255", "192.0.3.0")));
  CHECK_FALSE(space.contains(range("192.0.1.255", "192.0.2.0")));
  CHECK_FALSE(space.contains(range("192.0.3.7", "192.0.3.7")));
  CHECK(space.within(range("192.0.1.0", "192.0.4.9")) ==
        std::vector{range("192.0.2.0", "192.0.2.255"), range("192.0.4.0", "192.0.4.9")});
  CHECK(space.within(range("192.0.3.0", "192.0.3.255")).empty());
  CHECK_FALSE(DelegatedSpace{}.contains(range("192.0.2.0", "192.0.2.0")));
}

TEST_CASE("a day is one that the calendar has", "[registry]") {
  CHECK(day_of("19700102") == facts::Time{std::chrono::hours{24}});
  for (const auto* text :
       {"22000101", "99991231", "00000000", "20260230", "2026092", "202609281", "2026-9-1", ""}) {
    CHECK_FALSE(day_of(text));
  }
}
