#include "facts/geoip_records.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include "base/number.hpp"

namespace badclients::facts {

namespace {

/// No database has more than four levels (country, region, province, district).
constexpr unsigned most_subdivisions = 8;

struct Flag {
  const char* name;    ///< MaxMind's
  const char* ipinfo;  ///< a field that is "true"; null: IPinfo has none
};
constexpr std::array<Flag, 6> flags{{{"is_anonymous", nullptr},
                                     {"is_anonymous_vpn", "vpn"},
                                     {"is_hosting_provider", "hosting"},
                                     {"is_public_proxy", "proxy"},
                                     {"is_residential_proxy", nullptr},
                                     {"is_tor_exit_node", "tor"}}};

std::string text(const MmdbValue& value) {
  return value.text().value_or("");
}

/// A number, or a text that is one.
std::optional<double> real(const MmdbValue& value) {
  if (const auto number = value.real()) return number;
  const auto read = base::number<double>(text(value));
  return read && std::isfinite(*read) ? read : std::nullopt;
}
std::uint32_t number(const MmdbValue& value) {
  if (const auto number = value.number()) return *number;
  return base::number<std::uint32_t>(text(value)).value_or(0);
}

std::optional<Place> if_any(Place place) {
  if (place == Place{}) return std::nullopt;
  return place;
}

/// One of MaxMind's maps.
std::optional<Place> place(const MmdbValue& value, const char* code_key) {
  return if_any({value["geoname_id"].number().value_or(0), text(value[code_key]),
                 text(value["names"]["en"])});
}

std::optional<Circle> circle(const std::optional<double>& latitude,
                             const std::optional<double>& longitude, double radius) {
  if (!latitude || !longitude) return std::nullopt;
  if (*latitude < -90 || *latitude > 90 || *longitude < -180 || *longitude > 180 || radius < 0) {
    return std::nullopt;
  }
  return Circle{*latitude, *longitude, radius};
}

bool is_code(std::string_view text) {
  return text.size() == 2;
}

/// Country or continent, of which there are a code and a name.
std::optional<Place> coded_place(const std::string& code, const std::string& either,
                                 const std::string& name) {
  if (!code.empty()) return Place{0, code, is_code(either) ? name : either};
  if (is_code(either)) return Place{0, either, name};
  return if_any({0, "", either.empty() ? name : either});
}

GeoCity read_flat_city(const MmdbValue& record) {
  GeoCity city;
  city.city = if_any({number(record["geoname_id"]), "", text(record["city"])});
  city.country = coded_place(text(record["country_code"]), text(record["country"]),
                             text(record["country_name"]));
  city.continent = coded_place(text(record["continent_code"]), text(record["continent"]),
                               text(record["continent_name"]));
  for (const auto* key : {"state1", "state2", "region"}) {
    if (auto state = if_any({0, "", text(record[key])})) {
      city.subdivisions.push_back(std::move(*state));
    }
  }
  city.location = circle(real(record["latitude"]), real(record["longitude"]), 0);
  if (!city.location) city.location = circle(real(record["lat"]), real(record["lng"]), 0);
  return city;
}

}  // namespace

GeoCity read_city(const MmdbValue& record) {
  const auto country = record["country"];
  if (country.text() || record["country_code"].text()) return read_flat_city(record);
  GeoCity city;
  city.city = place(record["city"], "iso_code");
  city.country = place(country, "iso_code");
  city.continent = place(record["continent"], "code");
  city.registered_country = place(record["registered_country"], "iso_code");
  city.represented_country = place(record["represented_country"], "iso_code");
  const auto subdivisions = record["subdivisions"];
  for (unsigned i = 0; i < most_subdivisions; ++i) {
    if (auto part = place(subdivisions.at(i), "iso_code")) {
      city.subdivisions.push_back(std::move(*part));
    }
  }
  const auto location = record["location"];
  city.location = circle(location["latitude"].real(), location["longitude"].real(),
                         location["accuracy_radius"].real().value_or(0));
  return city;
}

GeoAsn read_asn(const MmdbValue& record) {
  if (const auto asn = record["autonomous_system_number"].number()) {
    return {*asn, text(record["autonomous_system_organization"])};
  }
  auto asn = text(record["asn"]);
  if (asn.starts_with("AS")) asn.erase(0, 2);
  GeoAsn read{base::number<std::uint32_t>(asn).value_or(0), {}};
  for (const auto* key : {"autonomous_system_organization", "as_name", "name"}) {
    if (read.organization.empty()) read.organization = text(record[key]);
  }
  return read;
}

std::vector<std::string> read_anonymous(const MmdbValue& record) {
  std::vector<std::string> names;
  for (const auto& flag : flags) {
    const bool ipinfo = flag.ipinfo != nullptr && text(record[flag.ipinfo]) == "true";
    if (ipinfo || record[flag.name].is_true()) names.emplace_back(flag.name);
  }
  return names;
}

}  // namespace badclients::facts
