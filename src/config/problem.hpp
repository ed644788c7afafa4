#pragma once

#include <string>

namespace badclients::config {

/// Something wrong (or worth knowing) in a file that the administrator wrote.
struct Problem {
  enum class Severity {
    note,     ///< accepted, but has no effect here (keys of the original)
    warning,  ///< accepted, probably not what was meant
    error,    ///< not accepted: the line has no effect
  };
  Severity severity = Severity::error;
  std::string file;   ///< as opened
  unsigned line = 0;  ///< 0: the file as a whole
  std::string text;   ///< "lookup/deadline: '5 parsecs' is not a duration (try 5s)"

  /// "bad_clients.conf.ext:14: lookup/deadline: ..."
  [[nodiscard]] std::string str() const;
};

}  // namespace badclients::config
