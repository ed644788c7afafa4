#pragma once

#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "facts/mmdb.hpp"

/// What one record of a GeoIP database says, whoever made it. What a record does not have, or has
/// with another type, is missing.
///
///   MaxMind, DB-IP: maps of maps (https://maxmind.github.io/MaxMind-DB/), DB-IP's without GeoName
///   IDs and without accuracy_radius.
///   IPinfo: all fields side by side, as text: asn "AS3320", as_name, country_code and country, or
///   country (a code) and country_name; region, city, lat, lng.
///   ip-location-db: the same with country_code, state1, state2, city, latitude, longitude.
namespace badclients::facts {

/// A location without a radius has 0: just the point.
GeoCity read_city(const MmdbValue& record);
GeoAsn read_asn(const MmdbValue& record);
/// MaxMind's names of the flags that are true.
std::vector<std::string> read_anonymous(const MmdbValue& record);

}  // namespace badclients::facts
