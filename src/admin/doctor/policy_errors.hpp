#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/doctor/finding.hpp"
#include "admin/doctor/host.hpp"
#include "admin/options.hpp"
#include "facts/facts.hpp"

namespace badclients::admin::doctor {

/// Whether Dovecot's auth process gets its answers: doctor's own question is another process's, and
/// SELinux, systemd or a firewall may keep auth alone from the port. So it is Dovecot's log that
/// knows, of the last 24 hours.
std::vector<Finding> check_policy_errors(const Call& call, const Host& host);

/// What the log says of questions that failed, and of those that did not.
struct PolicyErrors {
  std::uint64_t count = 0;
  std::optional<facts::Time> last;     ///< of a failure; nothing: no line has a time that is known
  std::string said;                    ///< by Dovecot, the last time; foreign text
  bool any_decided = false;            ///< badclients decided a login
  std::optional<facts::Time> decided;  ///< the last of those
};
/// `refuses`: auth_policy_reject_on_fail.
Outcome judge_policy_errors(const PolicyErrors& errors, bool refuses);

}  // namespace badclients::admin::doctor
