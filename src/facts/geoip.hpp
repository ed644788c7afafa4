#pragma once

#include <string>
#include <vector>

#include "facts/facts.hpp"

namespace badclients::facts {

/// Paths of .mmdb files; empty: none.
struct GeoDatabases {
  std::string city, asn, anonymous_ip;
};

/// Fills in geo_city, geo_asn and geo_anonymous from the databases that are named (libmaxminddb,
/// mapped into memory, so only the pages of one look-up are read). A missing or broken file, or one
/// of another type, leaves its fact failed and adds a warning that names the file; a missing field
/// is just missing. An address that a database does not have gives a known, empty value.
/// MaxMind's field names: https://maxmind.github.io/MaxMind-DB/
void look_up_geo(const GeoDatabases& databases, const net::Address& address, Facts& facts,
                 std::vector<std::string>& warnings);

}  // namespace badclients::facts
