#pragma once

#include <optional>
#include <string>
#include <vector>

#include "facts/facts.hpp"

#include <tl/expected.hpp>

namespace badclients::logs {

/// One thing to be read.
struct Source {
  enum class Kind : unsigned char { file, input, journal };
  Kind kind = Kind::file;
  std::string path;                     ///< of a file
  std::optional<facts::Time> modified;  ///< of a file

  /// "/var/log/mail.log", "standard input", "the journal"
  [[nodiscard]] std::string name() const;
};

/// Sources that together are one log, in the order of reading.
using Place = std::vector<Source>;

/// What is known of where audit lines may be.
struct Hints {
  /// A file that the command line names, `-` for standard input: this, what it was rotated to, and
  /// no other.
  std::optional<std::string> named;
  std::string general_log;                 ///< general/log
  std::vector<std::string> dovecots_logs;  ///< Dovecot's info_log_path, log_path; may be "syslog"
  std::string log_folder = "/var/log";
};

/// Places where the log may be, the likeliest first: the first in which there is a login is the log
/// (read). Rotated files that were written last before `since` are left out. Error: there can be
/// none (general/log is `none`), or the named file cannot be seen.
tl::expected<std::vector<Place>, std::string> places(const Hints& hints,
                                                     std::optional<facts::Time> since);

}  // namespace badclients::logs
