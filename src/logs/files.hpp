#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.hpp"

namespace badclients::logs {

/// Whether `name` is what a log `log` is called after it was rotated: "mail.log.1",
/// "mail.log.2.gz", "dovecot.log-20261101.xz", "dovecot-20261101.log.zst".
bool is_rotated(std::string_view log, std::string_view name);

/// A log file, and when it was written last.
struct LogFile {
  std::string path;
  facts::Time modified;
};

/// The log `path` and what it was rotated to, the oldest first; of the latter without files that
/// were written last before `since`. A file that was not packed yet counts instead of its packed
/// copy. Empty: there is none.
std::vector<LogFile> with_rotated(const std::string& path, std::optional<facts::Time> since);

}  // namespace badclients::logs
