#pragma once

#include <string>

#include <tl/expected.hpp>

namespace badclients::facts {

/// What a GeoIP database has, as far as some thousand of its records show.
struct GeoSurvey {
  bool v4 = false, v6 = false;  ///< records of that family
  bool country = false, geoname_ids = false, coordinates = false;
  bool asn = false, organization = false;
  bool flags = false;
};

/// Reads some thousand records, spread over all addresses. For the administrator: a login never
/// needs it. Error: why the file cannot be read, without its path.
tl::expected<GeoSurvey, std::string> survey(const std::string& path);

}  // namespace badclients::facts
