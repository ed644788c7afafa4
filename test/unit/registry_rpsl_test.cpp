#include "registry/compile/rpsl.hpp"

#include <fmt/format.h>

#include "catch.hpp"
#include "facts/serialise.hpp"
#include "registry_files.hpp"

using namespace badclients;
using namespace badclients::registry;
using badclients::test::reading_of;

namespace {

/// All of 192.0.0.0/16 and 2001:db8::/32.
DelegatedSpace space() {
  const Delegation ripe{Registry::ripencc, {}};
  const auto block = [&](const char* text) {
    const auto network = *net::Network::parse(text);
    return Delegations::Block{{point_of(network.base()), point_of(network.last())}, ripe};
  };
  return {{block("192.0.0.0/16"), block("2001:db8::/32")}, Registry::ripencc};
}

struct Read {
  tl::expected<Reading, std::string> reading;
  std::vector<std::string> registrations;  ///< "FIRST-LAST NAME CC ENTITY ..."
};

Read read(const std::string& text, const Organisations& organisations = {}) {
  const TempFolder folder;
  Sorter sorter{folder.path(), 1'000'000};
  Read result;
  result.reading = reading_of(text, [&](Input& input) {
    return read_registrations(input, space(), organisations, sorter);
  });
  sorter.finish();
  while (auto bytes = sorter.next()) {
    const auto range = take_key(*bytes);
    const auto holding = decode_holding(*bytes, range);
    CHECK(holding.range == range);
    const auto registration = facts::decode<facts::Registration>(holding.text);
    REQUIRE(registration);
    CHECK_FALSE(registration->range);
    result.registrations.push_back(fmt::format(
        "{}-{} {} {} {}", address_of(range.first).str(), address_of(range.last).str(),
        registration->name, registration->country, fmt::join(registration->entities, " ")));
  }
  return result;
}

std::vector<std::string> registrations(const std::string& text,
                                       const Organisations& organisations = {}) {
  const auto result = read(text, organisations);
  CHECK(result.reading);
  return result.registrations;
}

using Lines = std::vector<std::string>;

constexpr const char* example =
    "#\n# The contents of this file are subject to\n# conditions\n#\n\n"
    "as-block:       AS1 - AS2\n"
    "descr:          no network\n"
    "org:            ORG-NO-RIPE\n"
    "\n"
    "inetnum:        192.0.2.0 - 192.0.2.127\n"
    "netname:        EXAMPLE-NET # of mine\n"
    "descr:          Example\n"
    "country:        de # really\n"
    "country:        FR\n"
    "org:            ORG-EX1-RIPE\n"
    "admin-c:        DUMY-RIPE\n"
    "tech-c:         EX1-RIPE\n"
    "status:         ASSIGNED PA\n"
    "mnt-by:         EX-MNT, OTHER-MNT # both\n"
    "                THIRD-MNT\n"
    "+               FOURTH-MNT\n"
    "mnt-lower:      NOT-MNT\n"
    "mnt-irt:        IRT-EX\n"
    "mnt-by:         EX-MNT\n"
    "remarks:        * THIS OBJECT IS MODIFIED\n"
    "source:         RIPE # Filtered\n"
    "\n"
    "% a comment\n"
    "inet6num:       2001:db8:7::/48\n"
    "netname:        EXAMPLE-NET6\n"
    "country:        UK\n"
    "mnt-by:         EX-MNT\n";

}  // namespace

TEST_CASE("registrations are read from a registry's dump", "[registry]") {
  const auto result = read(example);
  REQUIRE(result.reading);
  CHECK(result.registrations ==
        Lines{"192.0.2.0-192.0.2.127 EXAMPLE-NET # of mine DE ORG-EX1-RIPE EX1-RIPE EX-MNT "
              "OTHER-MNT THIRD-MNT FOURTH-MNT IRT-EX",
              "2001:db8:7::-2001:db8:7:ffff:ffff:ffff:ffff:ffff EXAMPLE-NET6 GB EX-MNT"});
  CHECK(result.reading->counts == Counts{{"inet6num", 1}, {"inetnum", 1}});
  CHECK_FALSE(result.reading->made);
}

TEST_CASE("an organisation's abuse contact comes last", "[registry]") {
  CHECK_THAT(registrations(example, {{"ORG-EX1-RIPE", "AR7-RIPE"}, {"ORG-NO-RIPE", "X"}})[0],
             ContainsSubstring("IRT-EX AR7-RIPE"));
}

TEST_CASE("organisations are read for their abuse contacts", "[registry]") {
  Organisations organisations;
  const auto reading = reading_of(
      "organisation:   ORG-A-RIPE\norg-name:       A\nabuse-c:        AR1-RIPE # x\n\n"
      "inetnum:        192.0.2.0 - 192.0.2.1\nabuse-c:        NO-RIPE\n\n"
      "organisation:   ORG-B-RIPE\norg-name:       B\n\n"
      "organisation:   ORG-C-RIPE\nabuse-c:        DUMY-RIPE\n",
      [&](Input& input) { return read_organisations(input, organisations); });
  REQUIRE(reading);
  CHECK(reading->counts == Counts{{"organisation", 3}});
  CHECK(organisations == Organisations{{"ORG-A-RIPE", "AR1-RIPE"}});
}

TEST_CASE("objects that stand for what is somebody else's are no registrations", "[registry]") {
  const auto object = [](const std::string& range, const std::string& name,
                         const std::string& more = "") {
    return fmt::format("inetnum: {}\nnetname: {}\n{}\n\n", range, name, more);
  };
  const std::string inside = "192.0.2.0 - 192.0.2.9";
  // A holder may give its network any name, and must not get rid of its registration by it.
  const std::string registrys = "mnt-by: RIPE-NCC-HM-MNT", holders = registrys + "\nmnt-by: A-MNT";
  for (const auto* name : {"IANA-NETBLOCK-8", "IANA-BLK", "ERX-NETBLOCK", "STUB-43-225-112SLASH22",
                           "EU-CIDR-BLOCK", "NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK"}) {
    CAPTURE(name);
    CHECK(registrations(object(inside, name, registrys)).empty());
    CHECK(registrations(object(inside, name, holders)).size() == 1);
  }
  for (const auto* descr : {"descr: not allocated to anybody", "remarks: transferred to ARIN",
                            "descr: IPv4 address block not managed by the RIPE NCC"}) {
    CAPTURE(descr);
    CHECK(registrations(object(inside, "NAME", fmt::format("{}\n{}", descr, registrys))).empty());
    CHECK(registrations(object(inside, "NAME", fmt::format("{}\n{}", descr, holders))).size() == 1);
  }
  for (const auto* outside : {"0.0.0.0 - 255.255.255.255", "191.255.255.255 - 192.0.0.1",
                              "198.51.100.0 - 198.51.100.9"}) {
    CHECK(registrations(object(outside, "NAME", holders)).empty());
  }
  CHECK(registrations(object(inside, "NAME", holders)).size() == 1);
}

TEST_CASE("foreign text in registrations is decoded and bounded", "[registry]") {
  const auto found = registrations(
      "inetnum: 192.0.2.0 - 192.0.2.9\nnetname: N\xe9t\x07x\ncountry: ZZ\n"
      "mnt-by: A-MNT\xc2\xa0"
      "B-MNT\nmnt-by: <x>=,\xff-MNT\nadmin-c: " +
      std::string(81, 'x') + "\n\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "192.0.2.0-192.0.2.9 N\xc3\xa9t x  A-MNT B-MNT <x>=");
  std::string many = "inetnum: 192.0.2.0 - 192.0.2.9\nnetname: " + std::string(5000, 'n') + "\n";
  for (int i = 0; i < 1000; ++i) many += fmt::format("mnt-by: MNT{}\n", i);
  const auto bounded = registrations(many + "\n");
  REQUIRE(bounded.size() == 1);
  CHECK(std::ranges::count(bounded[0], ' ') == 2 + 64);
}

TEST_CASE("a range may be a network, and one that is none leaves the object out", "[registry]") {
  const auto result = read(
      "inetnum: 192.0.2.0/25\nnetname: A\n\n"
      "inetnum: 192.0.2.9 - 192.0.2.8\nnetname: B\n\n"
      "inetnum: 192.0.2.1\nnetname: C\n\n"
      "inetnum: 192.0.2.1 - 2001:db8::1\nnetname: D\n\n"
      "inetnum:\nnetname: E\n\n"
      "inetnum: 192.0.2.255 - 192.0.2.255\nnetname: F\n");
  REQUIRE(result.reading);
  CHECK(result.registrations == Lines{"192.0.2.0-192.0.2.127 A  ", "192.0.2.255-192.0.2.255 F  "});
  CHECK(result.reading->lines_left_out == 4);
  CHECK_THAT(result.reading->first_left_out, ContainsSubstring("line 4: a range"));
}

TEST_CASE("dumps with empty lines of another system are read, too", "[registry]") {
  std::string text = example;
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    text.insert(at, "\r");
  }
  CHECK(registrations(text) == registrations(example));
}

TEST_CASE("a dump that is cut in a line is refused", "[registry]") {
  const std::string text = example;
  CHECK_THAT(read(text.substr(0, text.size() - 3)).reading.error(), ContainsSubstring("cut short"));
}

TEST_CASE("what a stretch of a registration says is read as it was written", "[registry]") {
  const Range stretch{first_v4, first_v4 + 9}, object{first_v4, last_v4};
  const auto whole = decode_holding(encode(Holding{std::nullopt, "text"}), stretch);
  CHECK(whole.range == stretch);
  CHECK(whole.text == "text");
  const auto part = decode_holding(encode(Holding{object, "text"}), stretch);
  CHECK(part.range == object);
  CHECK(part.text == "text");
}
