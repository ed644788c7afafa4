#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/options.hpp"
#include "config/config.hpp"
#include "logs/read.hpp"

/// What the commands that read the log have in common: where it is.
namespace badclients::admin {

/// Adds --log.
void add_log(CommandLine& line);
/// The same for a command that goes on where it has stopped: not on standard input.
void add_log_file(CommandLine& line);
/// Adds --since and --until.
void add_range(CommandLine& line);
/// Reads them: "24h", "7d" (ago), "2026-11-01" (its beginning, local time), "2026-11-01 10:00:00",
/// RFC 3339. Error: what is wrong with them.
tl::expected<logs::Range, std::string> read_range(const Call& call);

/// A number that an option has. Error: it is none.
tl::expected<std::size_t, std::string> read_count(const Call& call, const char* option,
                                                  std::size_t otherwise);

/// Where audit lines may be: --log, general/log, Dovecot's log files, the journal, usual files of
/// /var/log. Error: why there can be none.
tl::expected<std::vector<logs::Place>, std::string> log_places(const Call& call,
                                                               const logs::Range& range);

/// That local logins have no line, for where none is found; empty with general/log_local.
std::string lines_of_local(const config::Config& config);

/// Reads them (logs::read), and complains of what could not be read.
/// Error: why there is no audit line of any time, where no log was named: one that is kept
/// elsewhere looks the same. A named log may have none.
tl::expected<logs::Tally, std::string> read_log(
    const Call& call, const logs::Range& range, const std::function<void(const logs::Login&)>& use,
    const std::function<void(const logs::Geo&)>& use_geo = {});

/// Calls `use` with every login that Dovecot's own lines tell of (logs::read_dovecots), in --log,
/// or where Dovecot and syslog write; general/log does not count. Where there is none, with none.
void read_dovecots_log(const Call& call, const logs::Range& range,
                       const std::function<void(const logs::Login&)>& use);

/// The same with Dovecot's failed questions to its policy server (logs::read_failed_policy), in
/// --log, or Dovecot's log_path where that is a file, or where syslog writes.
void read_failed_policy(const Call& call, const logs::Range& range,
                        const std::function<void(const logs::Login&)>& use);

}  // namespace badclients::admin
