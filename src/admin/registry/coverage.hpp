#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <tl/expected.hpp>

#include "admin/options.hpp"
#include "net/address.hpp"
#include "registry/local_facts.hpp"

namespace badclients::admin::registry_command {

/// How many logins came from each address (the one that counts); special-purpose ones, for which
/// nobody is asked, are left out.
using Logins = std::map<net::Address, std::uint64_t>;

/// Of the last 30 days; logins without a time count, too. Error: as read_log().
tl::expected<Logins, std::string> read_logins(const Call& call);

/// For how many of them registry data would have answered.
struct Coverage {
  std::uint64_t logins = 0;
  std::uint64_t origin = 0;  ///< with the ASes' descriptions
  std::uint64_t registration = 0;
};
/// Error: registry.db cannot be read.
tl::expected<Coverage, std::string> coverage(const Logins& logins, registry::Store& store,
                                             const registry::Age& age);

}  // namespace badclients::admin::registry_command
