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
  /// `text` is one line without its end; any control character left in it is escaped. Never fails
  /// towards the caller: a login does not depend on a log.
  virtual void write(Level level, std::string_view text) = 0;
};

/// `log` is the setting's value: "auto" (Dovecot's log pipe where Dovecot says that standard error
/// is that, else standard error where it is open, else syslog), "dovecot", "syslog", "stderr",
/// "none" or an absolute path (appended to, mode 0640). `log_service`: LOG_SERVICE=1 is in the
/// environment.
std::unique_ptr<Sink> open_sink(const std::string& log, bool log_service);

}  // namespace badclients::audit
