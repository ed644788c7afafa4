#pragma once

#include <string>

#include <tl/expected.hpp>

#include "admin/report/pseudonyms.hpp"
#include "admin/report/report.hpp"

namespace badclients::admin::report {

/// Marks in a report what no remembered one had: users that were refused, and rows of tables other
/// than addresses; and sets when the last was remembered. Where none was, nothing is new.
/// The file is state_path/report.seen; of users it has pseudonyms.
/// Error: it cannot be read.
tl::expected<void, std::string> mark_new(Report& report, const std::string& state_path,
                                         const Pseudonyms& pseudonyms);

/// Adds what is in the report to what is remembered. Error: why it cannot be kept.
tl::expected<void, std::string> remember(const Report& report, const std::string& state_path,
                                         const Pseudonyms& pseudonyms);

}  // namespace badclients::admin::report
