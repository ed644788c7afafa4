#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace badclients::audit {

enum class Level : unsigned char { info, warning, error };

/// Where lines go. One write a line, so that lines of simultaneous processes do not mix.
class Sink {
 public:
  virtual ~Sink() = default;
  /// `text` is one line without its end; control characters left in it, and bytes that are no
  /// UTF-8, are written \xHH, and it is cut (with a mark) where it would no longer be one write.
  /// Never fails towards the caller: a login does not depend on a log. A pipe that nobody empties
  /// is waited for once, half a second; what cannot be written goes to syslog instead.
  virtual void write(Level level, std::string_view text) = 0;
};

/// How the program was started, as far as it decides where lines go.
struct Surroundings {
  bool log_service = false;  ///< LOG_SERVICE=1: standard error is Dovecot's log pipe
  bool stderr_open = true;   ///< standard error was open when the program started
};

/// `log` is the setting's value: "auto" (Dovecot's log pipe where Dovecot says that standard error
/// is that, else standard error where it is open, else syslog), "dovecot", "syslog", "stderr",
/// "none" or an absolute path (appended to, made with mode 0640; each line begins with time,
/// program and pid). The file is opened when the first line comes. Where it ends in the middle of a
/// line (a disk was full) ours begins on the next. A file that cannot be opened: syslog, with a
/// warning there.
std::unique_ptr<Sink> open_sink(const std::string& log, const Surroundings& surroundings);

/// The line, with its end, that standard error takes: "\1" level pid " " text "\n" where it is
/// Dovecot's log pipe.
std::string line_for_stderr(Level level, std::string_view text, bool log_service);

}  // namespace badclients::audit
