#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "lookup/protocol.hpp"
#include "net/address.hpp"

namespace badclients::lookup {

struct Gathering {
  const config::Config& config;
  const std::string& config_path;  ///< handed to the helper
  Deadline deadline;
  facts::Time now;
  bool ask = true;  ///< false: what the cache and the GeoIP databases know, nothing else
};

/// Login -> Facts: the cache first, the GeoIP databases, then the helper for what is still unknown;
/// what was asked for is remembered. Never throws, never waits past the deadline; what could not be
/// had is failed, and each trouble is a warning for the administrator.
facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings);

}  // namespace badclients::lookup
