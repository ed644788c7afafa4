#include "facts/geoip_survey.hpp"

#include <algorithm>

#include "facts/geoip_records.hpp"
#include "facts/mmdb.hpp"

namespace badclients::facts {

namespace {

constexpr std::size_t most_records = 4096;

bool has_id(const std::optional<Place>& place) {
  return place && place->geoname_id != 0;
}

void add(const MmdbValue& record, GeoSurvey& survey) {
  const auto city = read_city(record);
  const auto* country = city.country_or_registered();
  survey.country |= country != nullptr && !country->code.empty();
  survey.geoname_ids |= has_id(city.city) || (country != nullptr && country->geoname_id != 0) ||
                        std::any_of(city.subdivisions.begin(), city.subdivisions.end(), has_id);
  survey.coordinates |= city.location.has_value();
  const auto asn = read_asn(record);
  survey.asn |= asn.asn != 0;
  survey.organization |= !asn.organization.empty();
  survey.flags |= !read_anonymous(record).empty();
}

}  // namespace

tl::expected<GeoSurvey, std::string> survey(const std::string& path) {
  auto file = MmdbFile::open(path);
  if (!file) return tl::unexpected(file.error().text);
  GeoSurvey result;
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    for (const auto& record : file->sample(family, most_records)) {
      (family == net::Family::v4 ? result.v4 : result.v6) = true;
      add(record, result);
    }
  }
  return result;
}

}  // namespace badclients::facts
