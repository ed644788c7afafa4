#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace badclients::admin {

/// How many logins the rules of each client refused, or would have: by the name in `client=<>`.
using ClientHits = std::map<std::string, std::uint64_t, std::less<>>;

/// Where a log is read.
struct LogSource {
  std::string file;        ///< empty: the journal
  bool asked_for = false;  ///< on the command line
};

/// --log (`option`; empty: none), else general/log where that is a file, else the journal; nothing
/// where that is `none`.
std::optional<LogSource> log_source(const std::string& option, const std::string& general_log);

/// Counts audit lines that are not older than `since`; lines that do not begin with a time are
/// counted, however old they are.
/// Error: why the log cannot be read; for the journal also where there is no audit line in it: one
/// that is kept elsewhere looks the same.
tl::expected<ClientHits, std::string> count_hits(const LogSource& source,
                                                 std::chrono::system_clock::time_point since,
                                                 std::chrono::system_clock::time_point now);

}  // namespace badclients::admin
