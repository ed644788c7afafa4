#include "network/questions/rdap_reading.hpp"

#include <filesystem>

#include "catch.hpp"
#include "network/questions/whois_reading.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using network::read_rdap;
using Handles = std::vector<std::string>;

namespace {

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

auto range(const char* first, const char* last) {
  return std::optional(std::pair(address(first), address(last)));
}

/// A network that holds 192.0.2.1, with more members.
std::string network_json(const std::string& members) {
  return R"({"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255")" +
         (members.empty() ? "" : "," + members) + "}";
}

facts::Registration read(const std::string& answer, const char* asked = "192.0.2.1") {
  const auto registration = read_rdap(answer, address(asked));
  INFO(answer);
  REQUIRE(registration);
  return *registration;
}

std::string trouble(const std::string& answer, const char* asked = "192.0.2.1") {
  const auto registration = read_rdap(answer, address(asked));
  return registration ? "none" : registration.error().text;
}

}  // namespace

TEST_CASE("name, country and range are read from an RDAP answer") {
  const auto registration = read(network_json(R"("name":"NET","country":"nl","handle":"X")"));
  CHECK(registration.name == "NET");
  CHECK(registration.country == "NL");
  CHECK(registration.range == range("192.0.2.0", "192.0.2.255"));
  CHECK(registration.entities.empty());
}

TEST_CASE("what is missing, null or of another kind stays empty") {
  CHECK(read(network_json("")).name.empty());
  const auto registration = read(network_json(
      R"("name":null,"country":7,"entities":[null,7,{"handle":null},{"handle":["x"]},{"entities":{}}])"));
  CHECK(registration.name.empty());
  CHECK(registration.country.empty());
  CHECK(registration.entities.empty());
  CHECK(
      read(network_json(R"("name":"N","country":"Netherlands","entities":null)")).country.empty());
}

TEST_CASE("the handles of all entities come once, the network's own first") {
  const auto registration = read(network_json(
      R"("entities":[{"handle":"ORG","entities":[{"handle":"TECH","entities":[{"handle":"DEEP"}]},)"
      R"({"handle":"MNT"}]},{"handle":"MNT"},{"handle":" ABUSE "}])"));
  CHECK(registration.entities == Handles{"ORG", "MNT", "ABUSE", "TECH", "DEEP"});
}

TEST_CASE("ranges are read in all forms that registries write") {
  const auto range_of = [](const std::string& members, const char* asked) {
    return read(R"({"objectClassName":"ip network","name":"N",)" + members + "}", asked).range;
  };
  CHECK(range_of(R"("startAddress":"074.125.000.000","endAddress":"074.125.255.255")",
                 "74.125.225.229") == range("74.125.0.0", "74.125.255.255"));
  CHECK(range_of(R"("startAddress":"62.239.237.0/32","endAddress":"62.239.237.255/32")",
                 "62.239.237.1") == range("62.239.237.0", "62.239.237.255"));
  CHECK(range_of(R"("startAddress":"2001:db8::/128","endAddress":"2001:db8::ffff")",
                 "2001:db8::1") == range("2001:db8::", "2001:db8::ffff"));
  CHECK(range_of(R"("cidr0_cidrs":[{"v4prefix":"10.0.0.0","length":8},null,{"length":24},)"
                 R"({"v4prefix":"192.0.2.0","length":24}])",
                 "192.0.2.1") == range("192.0.2.0", "192.0.2.255"));
  CHECK(range_of(R"("cidr0_cidrs":[{"v6prefix":"2001:db8::","length":32}])", "2001:db8::1") ==
        range("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
  for (const auto* broken :
       {R"("startAddress":"192.0.2.0")", R"("startAddress":"","endAddress":"")",
        R"("startAddress":"1.2.3","endAddress":"...")", R"("startAddress":7,"endAddress":null)",
        R"("cidr0_cidrs":[{"v4prefix":"192.0.2.0","length":33},{"v4prefix":"x","length":8}])"}) {
    CHECK_FALSE(range_of(broken, "192.0.2.1"));
  }
}

TEST_CASE("an answer that only repeats the address has no range") {
  const std::string echo =
      R"({"objectClassName":"ip network","handle":"192.0.2.1","startAddress":"192.0.2.1",)"
      R"("endAddress":"192.0.2.1","name":"N"})";
  CHECK_FALSE(read(echo).range);
  // One address that is registered on its own has a handle of its own.
  auto own = echo;
  own.replace(own.find("\"192.0.2.1\""), 11, "\"NET-192-0-2-1-1\"");
  CHECK(read(own).range == range("192.0.2.1", "192.0.2.1"));
}

TEST_CASE("an organisation's handle is no name of a network") {
  const auto name = [](const std::string& members) { return read(network_json(members)).name; };
  CHECK(name(R"("name":"ORG-VSA1-AFRINIC","entities":[{"handle":"ORG-VSA1-AFRINIC"}])").empty());
  CHECK(name(R"("name":"ORG-NET","entities":[{"handle":"ORG-VSA1-AFRINIC"}])") == "ORG-NET");
  CHECK(name(R"("name":"MSFT","entities":[{"handle":"MSFT"}])") == "MSFT");
}

TEST_CASE("what is no answer about the address says what it is") {
  CHECK_THAT(trouble(""), ContainsSubstring("malformed JSON"));
  CHECK_THAT(trouble("<html>"), ContainsSubstring("malformed JSON"));
  CHECK_THAT(trouble(network_json("").substr(0, 40)), ContainsSubstring("malformed JSON"));
  for (const auto* other : {"null", "[]", "7", "\"ip network\"", "{}", R"({"errorCode":400})",
                            R"({"objectClassName":"ip network","handle":"X","name":null})",
                            R"({"objectClassName":"ip network","startAddress":"192.0.2.0",)"
                            R"("endAddress":"2001:db8::1"})",
                            R"({"objectClassName":"autnum","startAutnum":1})"}) {
    CHECK(trouble(other) == "an answer that is not about a network");
  }
  CHECK(trouble(network_json(""), "198.51.100.1") == "a network that does not hold 198.51.100.1");
  CHECK(trouble(network_json(""), "2001:db8::1") == "a network that does not hold 2001:db8::1");
  CHECK(trouble(network_json(R"("name":"NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK")")) ==
        "says that the address is none of its own");
  CHECK(trouble(network_json(R"("notices":[null,{"title":"Rate Limit Notice"}])")) ==
        "'Rate Limit Notice'");
}

TEST_CASE("JSON that is nested without end, or full of entities, is bounded") {
  CHECK_THAT(trouble(std::string(500'000, '[')), ContainsSubstring("nested too deeply"));
  std::string entities = R"("name":")" + std::string(5000, 'x') + R"(","entities":[)";
  for (int i = 0; i < 200; ++i) entities += R"({"handle":"H)" + std::to_string(i) + "\"},";
  const auto registration = read(network_json(entities + "{}]"));
  CHECK(registration.entities.size() == 64);
  CHECK(registration.name.size() == 1024);
}

TEST_CASE("an answer in Latin-1 is read as such") {
  CHECK(read(network_json("\"name\":\"M\xdcNCHEN\"")).name == "M\xc3\x9cNCHEN");
}

TEST_CASE("recorded answers say the same over RDAP and WHOIS, as far as both say it") {
  struct Recorded {
    const char *registry, *asked, *name, *country;
    Handles entities;
  };
  const std::vector<Recorded> recorded{
      {"afrinic", "196.11.240.215", "", "ZA", {"MBIP-AFRINIC", "ORG-VSA1-AFRINIC"}},
      {"apnic", "210.107.73.73", "BORANET-NET-210-107", "KR", {"DB50-AP", "IRT-KRNIC-KR"}},
      {"arin", "74.125.225.229", "GOOGLE", "", {"GOGL", "ZG39-ARIN"}},
      {"lacnic", "200.57.141.161", "Triara.com, S.A. de C.V.", "MX", {"RYT2", "MX-TSCV6-LACNIC"}},
      {"ripencc",
       "62.239.237.1",
       "BT-CORPORATE",
       "GB",
       {"BTCR3-RIPE", "BCER1-RIPE", "BTENT-MNT", "LBH1-RIPE", "SAM62-RIPE", "SW4727-RIPE"}}};
  const std::string folder = std::string(BADCLIENTS_SOURCE_ROOT) + "/../shared/data/registration/";
  if (!std::filesystem::exists(folder)) {
    WARN("skipped: no " << folder);
    return;
  }
  for (const auto& each : recorded) {
    INFO(each.registry);
    const auto file = folder + each.registry + "-" + each.asked;
    const auto rdap = read(read_whole_file(file + ".rdap.json"), each.asked);
    CHECK(rdap.name == each.name);
    CHECK(rdap.country == each.country);
    CHECK(rdap.entities == each.entities);

    const auto whois =
        network::read_whois(read_whole_file(file + ".whois.txt"), address(each.asked));
    REQUIRE(whois.kind == network::WhoisReading::Kind::network);
    if (!rdap.name.empty()) CHECK(whois.registration.name == rdap.name);
    if (!rdap.country.empty()) CHECK(whois.registration.country == rdap.country);
    if (rdap.range) CHECK(whois.registration.range == rdap.range);
  }
}
