#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/doctor/finding.hpp"

namespace badclients::admin::doctor {

/// Exit codes, as Nagios reads them: the worst finding.
int exit_code(const std::vector<Finding>& findings);

/// "ERROR: 2 errors, 1 warning, 24 ok", which monitoring shows; then a line for each finding, and
/// what to do. `quiet`: without those that are good.
std::string as_text(const std::vector<Finding>& findings, bool quiet);

/// badclientsctl(8), "doctor"
nlohmann::ordered_json as_json(const std::vector<Finding>& findings);

/// For read_findings, in another process.
std::string findings_json(const std::vector<Finding>& findings);
std::string error_json(const std::string& error);
/// Error: that of error_json, or the text is not whole.
tl::expected<std::vector<Finding>, std::string> read_findings(const std::string& text);

}  // namespace badclients::admin::doctor
