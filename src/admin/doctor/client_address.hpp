#pragma once

#include <map>
#include <string>
#include <vector>

#include "admin/doctor/finding.hpp"
#include "admin/options.hpp"

namespace badclients::admin::doctor {

/// Whether logins come from the clients' own addresses, and not all from a proxy's or a webmail's:
/// those of the last seven days that badclients or Dovecot logged.
std::vector<Finding> check_client_address(const Call& call);

/// How many logins came from each address.
Outcome judge_addresses(const std::map<std::string, std::uint64_t>& logins);

}  // namespace badclients::admin::doctor
