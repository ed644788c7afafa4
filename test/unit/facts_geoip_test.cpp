#include "facts/geoip.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "facts/geoip_survey.hpp"
#include "many_processes.hpp"
#include "places.hpp"
#include "rest.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using facts::Facts;
using facts::GeoDatabases;
using facts::Knowledge;

namespace {

const std::string writer = BADCLIENTS_SOURCE_ROOT "/test/data/write_mmdb.pl";
const std::string shared = BADCLIENTS_SOURCE_ROOT "/../shared/data/mmdb/";

/// Debian's libmaxmind-db-writer-perl.
bool can_write() {
  static const bool can = std::system("perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null") == 0;
  if (!can) WARN("MaxMind::DB::Writer is not installed: skipped");
  return can;
}

bool has_shared() {
  const bool has = std::filesystem::is_directory(shared);
  if (!has) WARN("MaxMind's test databases are not here: skipped");
  return has;
}

/// Databases for all the tests, written by one run of Perl, which takes a second to start.
class Databases {
 public:
  static const Databases& written() {
    static const Databases databases;
    return databases;
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  Databases() {
    std::string command = "cd '" + folder_.path() + "' && perl '" + writer + "'";
    std::string json = "[";
    for (const auto& [name, content] : contents) {
      command += std::string{" "} + name;
      json += (json.size() > 1 ? ", " : "") + std::string{content};
    }
    folder_.write("json", json + "]");
    command += " < json";
    REQUIRE(std::system(command.c_str()) == 0);
  }

  struct Content {
    const char *name, *json;
  };
  static const std::vector<Content> contents;
  TempFolder folder_;
};

struct LookedUp {
  facts::GeoFiles files;
  Facts facts;
  std::vector<std::string> warnings;

  LookedUp(const GeoDatabases& databases, const char* address) {
    look_up_geo(databases, net::Address::parse(address).value(), files, facts, warnings);
  }
};

const std::vector<Databases::Content> Databases::contents{
    {"GeoLite2-City.mmdb", R"({"type": "GeoLite2-City", "networks": {
  "139.162.0.0/16": {
    "city": {"geoname_id": 2925533, "names": {"de": "Frankfurt", "en": "Frankfurt am Main"}},
    "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe"}},
    "country": {"iso_code": "DE", "geoname_id": 2921044, "names": {"en": "Germany"}},
    "registered_country": {"iso_code": "US", "geoname_id": 6252001, "names": {"en": "United States"}},
    "represented_country": {"iso_code": "NL", "names": {"en": "Netherlands"}},
    "subdivisions": [
      {"iso_code": "HE", "geoname_id": 2905330, "names": {"en": "Hesse"}},
      {"names": {"en": "Regierungsbezirk Darmstadt"}, "geoname_id": 3250405}],
    "location": {"latitude": 50.1188, "longitude": 8.6843, "accuracy_radius": 200}},
  "2001:db8::/32": {"country": {"iso_code": "FR"}, "location": {"latitude": 48.5, "longitude": 2.5}},
  "1.1.1.0/24": {"registered_country": {"iso_code": "AU", "geoname_id": 2077456}},
  "192.0.2.0/24": {"location": {"latitude": 91, "longitude": 8.6843, "accuracy_radius": 200}},
  "198.51.100.0/24": {"city": {"names": {"de": "Ohne"}}, "subdivisions": []}
}})"},
    {"asn.mmdb", R"({"type": "GeoLite2-ASN",
    "networks": {
      "52.96.0.0/14": {"autonomous_system_number": 8075,
                       "autonomous_system_organization": "MICROSOFT-CORP-MSN-AS-BLOCK"},
      "192.0.2.0/24": {"autonomous_system_organization": "nobody"}}})"},
    {"anonymous.mmdb", R"({
    "type": "GeoIP2-Anonymous-IP", "networks": {
      "52.96.0.0/14": {"is_anonymous": 1, "is_hosting_provider": 1, "is_tor_exit_node": 0}}})"},
    {"types.mmdb", R"({"type": "My-City",
    "types": {"city": "utf8_string", "country": ["array", "utf8_string"], "subdivisions": "map",
              "location": "map", "latitude": "utf8_string", "accuracy_radius": "double"},
    "networks": {"192.0.2.0/24": {"city": "Berlin", "country": ["DE"],
      "subdivisions": {"0": "Berlin"},
      "location": {"latitude": "52", "longitude": 13, "accuracy_radius": 5}}}})"},
    {"flat.mmdb", R"({"type": "city ipv4",
    "ip_version": 4, "types": {"city": "utf8_string", "latitude": "utf8_string",
                               "longitude": "utf8_string"},
    "networks": {"192.0.2.0/24": {"city": "Bracknell", "country_code": "GB", "state1": "England",
      "state2": "", "latitude": "51.4", "longitude": "-0.76"}}})"},
    {"dbip-country.mmdb", R"({"type": "DBIP-Country-Lite", "networks": {"192.0.2.0/24": {
      "country": {"iso_code": "DE", "geoname_id": 2921044, "names": {"en": "Germany"}}}}})"},
    {"flat-country.mmdb", R"({"type": "country ipv4", "ip_version": 4,
    "networks": {"192.0.2.0/24": {"country_code": "DE"}}})"},
    {"ipinfo_lite.mmdb", R"({"type": "ipinfo ipinfo_lite.mmdb",
    "types": {"country": "utf8_string", "continent": "utf8_string"},
    "networks": {"192.0.2.0/24": {"asn": "AS3320", "as_name": "Deutsche Telekom AG",
      "as_domain": "telekom.de", "country_code": "DE", "country": "Germany",
      "continent_code": "EU", "continent": "Europe"}}})"},
    {"country_asn.mmdb", R"({"type": "ipinfo country_asn.mmdb",
    "types": {"country": "utf8_string", "continent": "utf8_string"},
    "networks": {"192.0.2.0/24": {"asn": "AS3320", "as_name": "Deutsche Telekom AG",
      "country": "DE", "country_name": "Germany", "continent": "EU",
      "continent_name": "Europe"}}})"},
    {"location.mmdb", R"({"type": "ipinfo standard_location.mmdb",
    "types": {"city": "utf8_string", "country": "utf8_string", "geoname_id": "utf8_string"},
    "networks": {"192.0.2.0/24": {"city": "Berlin", "region": "State of Berlin", "country": "DE",
      "lat": "52.52437", "lng": "13.41053", "geoname_id": "2950159"}}})"},
    {"privacy.mmdb", R"({"type": "ipinfo privacy.mmdb",
    "networks": {"192.0.2.0/24": {"vpn": "true", "proxy": "", "tor": "false",
      "hosting": "true"}}})"}};

}  // namespace

TEST_CASE("a City database gives places and the circle") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{Databases::written() / "GeoLite2-City.mmdb", "", ""};
  const LookedUp found{databases, "139.162.133.252"};
  CHECK(found.warnings.empty());
  REQUIRE(found.facts.geo_city.known());
  CHECK(found.facts.geo_city.source == "GeoLite2-City.mmdb");
  CHECK(found.facts.geo_city.from == facts::Provenance::local);
  const auto& city = found.facts.geo_city.value;
  CHECK(city.city == facts::Place{2925533, "", "Frankfurt am Main"});
  CHECK(city.country == facts::Place{2921044, "DE", "Germany"});
  CHECK(city.continent == facts::Place{6255148, "EU", "Europe"});
  CHECK(city.registered_country == facts::Place{6252001, "US", "United States"});
  CHECK(city.represented_country == facts::Place{0, "NL", "Netherlands"});
  REQUIRE(city.subdivisions.size() == 2);
  CHECK(city.subdivisions[0] == facts::Place{2905330, "HE", "Hesse"});
  CHECK(city.subdivisions[1] == facts::Place{3250405, "", "Regierungsbezirk Darmstadt"});
  CHECK(city.location == facts::Circle{50.1188, 8.6843, 200});
  CHECK(found.facts.geo_asn.knowledge == Knowledge::not_asked);
  CHECK(found.facts.geo_anonymous.knowledge == Knowledge::not_asked);
}

TEST_CASE("a missing field is just missing, and an address that is not there is known as such") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{Databases::written() / "GeoLite2-City.mmdb", "", ""};
  const auto value_of = [&](const char* address) {
    const LookedUp found{databases, address};
    CHECK(found.warnings.empty());
    CHECK(found.facts.geo_city.known());
    return found.facts.geo_city.value;
  };
  facts::GeoCity france;
  france.country = facts::Place{0, "FR", ""};
  france.location = facts::Circle{48.5, 2.5, 0};  // DB-IP has no radius
  CHECK(value_of("2001:db8::1") == france);
  CHECK(value_of("192.0.2.1") == facts::GeoCity{});  // there is no latitude of 91 degrees
  CHECK(value_of("198.51.100.1") == facts::GeoCity{});
  CHECK(value_of("203.0.113.1") == facts::GeoCity{});
  CHECK(value_of("2001:db9::1") == facts::GeoCity{});
}

TEST_CASE("an ASN database gives number and organization") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{"", Databases::written() / "asn.mmdb", ""};
  const LookedUp found{databases, "52.97.246.245"};
  REQUIRE(found.facts.geo_asn.known());
  CHECK(found.facts.geo_asn.value == facts::GeoAsn{8075, "MICROSOFT-CORP-MSN-AS-BLOCK"});
  CHECK(LookedUp{databases, "192.0.2.1"}.facts.geo_asn.value == facts::GeoAsn{0, "nobody"});
  CHECK(LookedUp{databases, "198.51.100.1"}.facts.geo_asn.value == facts::GeoAsn{});
  CHECK(LookedUp{databases, "198.51.100.1"}.facts.geo_asn.known());
}

TEST_CASE("an Anonymous IP database gives the flags that are true") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{"", "", Databases::written() / "anonymous.mmdb"};
  const LookedUp found{databases, "52.97.246.245"};
  REQUIRE(found.facts.geo_anonymous.known());
  CHECK(found.facts.geo_anonymous.value ==
        std::vector<std::string>{"is_anonymous", "is_hosting_provider"});
  CHECK(LookedUp{databases, "192.0.2.1"}.facts.geo_anonymous.value.empty());
  CHECK(LookedUp{databases, "192.0.2.1"}.facts.geo_anonymous.known());
}

TEST_CASE("an address that is in no country counts as in the one that it is registered in") {
  if (!can_write()) return;
  const GeoDatabases databases{Databases::written() / "GeoLite2-City.mmdb", "", ""};
  const auto code = [&](const char* address) {
    const LookedUp found{databases, address};
    const auto* country = found.facts.geo_city.value.country_or_registered();
    return country == nullptr ? std::string("none") : country->code;
  };
  CHECK(code("139.162.133.252") == "DE");
  CHECK(code("1.1.1.1") == "AU");
  CHECK(code("198.51.100.1") == "none");
}

TEST_CASE("a database of countries alone gives countries") {
  if (!can_write()) return;
  for (const auto* name : {"dbip-country.mmdb", "flat-country.mmdb"}) {
    INFO(name);
    const LookedUp found{{Databases::written() / name, "", ""}, "192.0.2.1"};
    CHECK(found.warnings.empty());
    REQUIRE(found.facts.geo_city.known());
    REQUIRE(found.facts.geo_city.value.country);
    CHECK(found.facts.geo_city.value.country->code == "DE");
    CHECK_FALSE(found.facts.geo_city.value.location);
  }
}

TEST_CASE("IPinfo's flat databases are understood") {
  if (!can_write()) return;
  const auto lite = Databases::written() / "ipinfo_lite.mmdb";
  const LookedUp found{{lite, lite, ""}, "192.0.2.1"};
  CHECK(found.warnings.empty());
  CHECK(found.facts.geo_asn.value == facts::GeoAsn{3320, "Deutsche Telekom AG"});
  CHECK(found.facts.geo_city.value.country == facts::Place{0, "DE", "Germany"});
  CHECK(found.facts.geo_city.value.continent == facts::Place{0, "EU", "Europe"});

  const auto older = Databases::written() / "country_asn.mmdb";
  const LookedUp old{{older, older, ""}, "192.0.2.1"};
  CHECK(old.facts.geo_asn.value == facts::GeoAsn{3320, "Deutsche Telekom AG"});
  CHECK(old.facts.geo_city.value.country == facts::Place{0, "DE", "Germany"});

  const LookedUp place{{Databases::written() / "location.mmdb", "", ""}, "192.0.2.1"};
  facts::GeoCity expected;
  expected.city = facts::Place{2950159, "", "Berlin"};
  expected.country = facts::Place{0, "DE", ""};
  expected.subdivisions = {{0, "", "State of Berlin"}};
  expected.location = facts::Circle{52.52437, 13.41053, 0};
  CHECK(place.facts.geo_city.value == expected);

  const LookedUp privacy{{"", "", Databases::written() / "privacy.mmdb"}, "192.0.2.1"};
  CHECK(privacy.facts.geo_anonymous.value ==
        std::vector<std::string>{"is_anonymous_vpn", "is_hosting_provider"});
}

TEST_CASE("a survey tells what a database has") {
  if (!can_write()) return;
  const auto of = [](const char* name) {
    const auto found = facts::survey(Databases::written() / name).value();
    std::string text;
    const auto add = [&](bool has, const char* what) {
      text += has ? std::string(what) + " " : "";
    };
    add(found.v4, "v4");
    add(found.v6, "v6");
    add(found.country, "country");
    add(found.geoname_ids, "ids");
    add(found.coordinates, "coordinates");
    add(found.asn, "asn");
    add(found.organization, "organization");
    add(found.flags, "flags");
    return text;
  };
  CHECK(of("GeoLite2-City.mmdb") == "v4 v6 country ids coordinates ");
  CHECK(of("asn.mmdb") == "v4 asn organization ");
  CHECK(of("anonymous.mmdb") == "v4 flags ");
  CHECK(of("flat.mmdb") == "v4 country coordinates ");
  CHECK(of("dbip-country.mmdb") == "v4 country ids ");
  CHECK(of("flat-country.mmdb") == "v4 country ");
  CHECK(of("ipinfo_lite.mmdb") == "v4 country asn organization ");
  CHECK(facts::survey("/nowhere.mmdb").error() == "No such file or directory");
}

TEST_CASE("fields of another type than MaxMind's are as if missing") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{Databases::written() / "types.mmdb", "", ""};
  const LookedUp found{databases, "192.0.2.1"};
  CHECK(found.warnings.empty());
  REQUIRE(found.facts.geo_city.known());
  CHECK(found.facts.geo_city.value == facts::GeoCity{});
}

TEST_CASE("the flat fields of ip-location-db are understood") {
  if (!can_write()) return;
  const TempFolder folder;
  const GeoDatabases databases{Databases::written() / "flat.mmdb", "", ""};
  const LookedUp found{databases, "192.0.2.1"};
  REQUIRE(found.facts.geo_city.known());
  facts::GeoCity expected;
  expected.city = facts::Place{0, "", "Bracknell"};
  expected.country = facts::Place{0, "GB", ""};
  expected.subdivisions = {{0, "", "England"}};
  expected.location = facts::Circle{51.4, -0.76, 0};
  CHECK(found.facts.geo_city.value == expected);

  // A database for IPv4 has no IPv6 address, which is no fault of it.
  const LookedUp v6{databases, "2001:db8::1"};
  CHECK(v6.warnings.empty());
  CHECK(v6.facts.geo_city.known());
}

TEST_CASE("a file that is no database of the kind fails with its name") {
  const TempFolder folder;
  const auto warning_of = [](const std::string& path) {
    const LookedUp found{{path, "", ""}, "192.0.2.1"};
    CHECK(found.facts.geo_city.failed());
    REQUIRE(found.warnings.size() == 1);
    CHECK(found.warnings[0] == found.facts.geo_city.trouble);
    CHECK(found.warnings[0].starts_with(path + ": "));
    return found.warnings[0].substr(path.size() + 2);
  };
  CHECK(warning_of(folder / "missing.mmdb") == "No such file or directory");
  CHECK(warning_of(folder.path()) == "not a file");
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(warning_of(folder / "fifo") == "not a file");
  CHECK_FALSE(warning_of(folder.write("empty.mmdb", "")).empty());
  CHECK_THAT(warning_of(folder.write("text.mmdb", std::string(5000, 'x'))),
             ContainsSubstring("metadata"));
  if (!can_write()) return;
  CHECK(warning_of(Databases::written() / "asn.mmdb") ==
        "a database of type 'GeoLite2-ASN', not a City or Country database");
}

TEST_CASE("a database that was cut or changed anywhere never does more than fail") {
  if (!can_write()) return;
  const TempFolder folder;
  const auto whole = read_whole_file(Databases::written() / "GeoLite2-City.mmdb");
  std::size_t tried = 0, failed = 0;
  const auto try_out = [&](const std::string& content) {
    std::filesystem::remove(folder / "broken.mmdb");  // some file systems flush what replaces
    constexpr std::array addresses{"139.162.133.252", "2001:db8::1", "203.0.113.1"};
    const LookedUp found{{folder.write("broken.mmdb", content), "", ""},
                         addresses[tried++ % addresses.size()]};
    CHECK(found.facts.geo_city.failed() == !found.warnings.empty());
    failed += found.warnings.size();
    (void)facts::survey(folder / "broken.mmdb");
  };
  // The search tree is the largest part; what follows it is tried byte by byte.
  const auto data = whole.find(std::string(16, '\0'));
  REQUIRE(data != std::string::npos);
  for (std::size_t size = 0; size < whole.size(); size += size < data ? 101 : 7) {
    try_out(whole.substr(0, size));
  }
  for (std::size_t at = 0; at < whole.size(); at += at < data ? 101 : 1) {
    for (const unsigned change : {0x21U, 0xffU}) {
      auto changed = whole;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
      try_out(changed);
    }
  }
  CHECK(failed > 100);
}

TEST_CASE("MaxMind's own test databases are read, and their broken ones survived") {
  if (!has_shared()) return;
  const LookedUp city{{shared + "GeoLite2-City-Test.mmdb", "", ""}, "81.2.69.160"};
  REQUIRE(city.facts.geo_city.known());
  CHECK(city.facts.geo_city.value.city == facts::Place{2643743, "", "London"});
  CHECK(city.facts.geo_city.value.location == facts::Circle{51.5142, -0.0931, 100});
  const LookedUp asn{{"", shared + "GeoLite2-ASN-Test.mmdb", ""}, "1.128.0.0"};
  CHECK(asn.facts.geo_asn.value == facts::GeoAsn{1221, "Telstra Pty Ltd"});
  const LookedUp anonymous{{"", "", shared + "GeoIP2-Anonymous-IP-Test.mmdb"}, "1.2.0.1"};
  CHECK(anonymous.facts.geo_anonymous.value ==
        std::vector<std::string>{"is_anonymous", "is_anonymous_vpn"});

  for (const auto* name :
       {"GeoIP2-City-Test-Broken-Double-Format.mmdb", "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
        "MaxMind-DB-test-broken-pointers-24.mmdb", "MaxMind-DB-test-broken-search-tree-24.mmdb"}) {
    INFO(name);
    const LookedUp broken{{shared + name, "", ""}, "81.2.69.160"};
    CHECK(broken.facts.geo_city.failed());
    REQUIRE(broken.warnings.size() == 1);
    CHECK_THAT(broken.warnings[0], ContainsSubstring(name));
  }
}

namespace {

/// A process's GeoIP databases from one login to the next.
struct KeptDatabases {
  TempFolder folder;
  GeoDatabases databases{folder / "city.mmdb", folder / "asn.mmdb", ""};
  facts::GeoFiles files;
  std::vector<std::string> warnings;

  /// Puts one of those written in the place of `name`.
  void place(const std::string& written, const std::string& name) const {
    std::filesystem::copy_file(Databases::written() / written, folder / "new");
    std::filesystem::rename(folder / "new", folder / name);
  }
  Facts look_up(const char* address) {
    Facts facts;
    warnings.clear();
    look_up_geo(databases, net::Address::parse(address).value(), files, facts, warnings);
    return facts;
  }
  /// Where the files of our folder are mapped.
  [[nodiscard]] std::string mapped() const {
    std::istringstream maps{read_whole_file("/proc/self/maps")};
    std::string found;
    for (std::string line; std::getline(maps, line);) {
      if (line.find(folder.path()) != std::string::npos) found += line + "\n";
    }
    return found;
  }
};

}  // namespace

TEST_CASE("a database stays mapped from one look-up to the next, and is replaced at once") {
  if (!can_write()) return;
  KeptDatabases kept;
  kept.place("GeoLite2-City.mmdb", "city.mmdb");
  kept.place("asn.mmdb", "asn.mmdb");
  wait_for_rest(kept.databases.city);
  wait_for_rest(kept.databases.asn);
  const auto country = [&] {
    const auto facts = kept.look_up("192.0.2.1");
    return !facts.geo_city.known()        ? facts.geo_city.trouble
           : facts.geo_city.value.country ? facts.geo_city.value.country->code
                                          : "none";
  };
  CHECK(country() == "none");
  const auto before = kept.mapped();
  CHECK(std::count(before.begin(), before.end(), '\n') == 2);
  CHECK(country() == "none");
  CHECK(kept.mapped() == before);
  CHECK(kept.look_up("52.97.246.245").geo_asn.value.asn == 8075);
  CHECK(kept.mapped() == before);

  kept.place("dbip-country.mmdb", "city.mmdb");
  CHECK(country() == "DE");
  CHECK(kept.look_up("52.97.246.245").geo_asn.value.asn == 8075);
  CHECK_THAT(kept.mapped(), !ContainsSubstring("(deleted)"));
  std::filesystem::remove(kept.databases.city);
  CHECK_THAT(country(), ContainsSubstring("No such file"));
  CHECK(kept.warnings.size() == 1);
  kept.folder.write("city.mmdb", "");
  CHECK_THAT(country(), ContainsSubstring("city.mmdb: "));
  kept.place("GeoLite2-City.mmdb", "city.mmdb");
  CHECK(country() == "none");
  CHECK(kept.warnings.empty());
  kept.databases.city = kept.folder / "asn.mmdb";
  CHECK_THAT(country(), ContainsSubstring("not a City or Country database"));
  kept.files.close();
  CHECK(kept.mapped().empty());
}

TEST_CASE("damage that one address met with is not the next one's") {
  if (!can_write()) return;
  KeptDatabases kept;
  kept.databases.city.clear();
  kept.databases.asn = kept.folder / "asn.mmdb";
  // One of two names becomes a pointer to nowhere.
  auto bytes = read_whole_file(Databases::written() / "asn.mmdb");
  const auto name = bytes.find("MICROSOFT");
  REQUIRE(name != std::string::npos);
  bytes[name - 1] = '\x38';
  kept.folder.write("asn.mmdb", bytes);
  wait_for_rest(kept.databases.asn);
  for (int i = 0; i < 2; ++i) {
    CHECK(kept.look_up("52.97.246.245").geo_asn.failed());
    CHECK(kept.warnings.size() == 1);
    CHECK(kept.look_up("192.0.2.1").geo_asn.value.organization == "nobody");
    CHECK(kept.warnings.empty());
  }
}

TEST_CASE("where address space is short a database takes the place of the others") {
  if (!can_write()) return;
  CHECK(exit_code_of_child([] {
          KeptDatabases kept;
          constexpr off_t large = 64 << 20;
          for (const auto& [written, name] :
               {std::pair{"GeoLite2-City.mmdb", "city.mmdb"}, {"asn.mmdb", "asn.mmdb"}}) {
            // With room in front of its metadata of which no page is touched.
            auto bytes = read_whole_file(Databases::written() / written);
            const auto end = bytes.rfind("\xab\xcd\xefMaxMind.com");
            const auto path = kept.folder.write(name, bytes.substr(0, end));
            if (truncate(path.c_str(), large) != 0) return 90;
            std::ofstream(path, std::ios::app | std::ios::binary) << bytes.substr(end);
          }
          // Room for one of them, and a half.
          rlimit limit{};
          const auto pages = std::stoull(read_whole_file("/proc/self/statm"));
          limit.rlim_cur = limit.rlim_max = pages * 4096 + large * 3 / 2;
          if (setrlimit(RLIMIT_AS, &limit) != 0) return 91;
          for (int i = 0; i < 3; ++i) {
            const auto facts = kept.look_up("52.97.246.245");
            if (!kept.warnings.empty() || !facts.geo_city.known()) return 92;
            if (facts.geo_asn.value.asn != 8075) return 93;
          }
          const auto mapped = kept.mapped();
          return std::count(mapped.begin(), mapped.end(), '\n') == 1 ? 0 : 94;
        }) == 0);
}
