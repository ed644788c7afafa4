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
/// is just missing. An address that a database does not have gives a known, empty value. `address`
/// is the one that counts (Address::carried).
///
/// geoip_records.hpp says whose databases are understood.
///
/// For the manual: a database must be replaced by renaming a new file over it (as geoipupdate
/// does), never by writing into the old one. A file that is cut while it is mapped kills the
/// process that reads it (SIGBUS), and with it a login.
void look_up_geo(const GeoDatabases& databases, const net::Address& address, Facts& facts,
                 std::vector<std::string>& warnings);

}  // namespace badclients::facts
