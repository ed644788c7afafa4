#pragma once

#include <string>
#include <string_view>

#include "facts/facts.hpp"

namespace badclients::logs {

/// What the second line of a login says that GeoIP databases knew. It stands behind the audit line
/// of the same user, service and address, with lines of other logins between them at most.
struct Geo {
  std::string user, service, ip;
  facts::Fact<facts::GeoCity> city;
  facts::Fact<facts::GeoAsn> asn;
};

/// False where a line of a log is no such line.
bool read_geo(std::string_view log_line, Geo& into);

}  // namespace badclients::logs
