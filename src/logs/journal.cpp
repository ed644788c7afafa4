#include "logs/journal.hpp"

#include <fcntl.h>

namespace badclients::logs {

namespace {

constexpr const char* program = "journalctl --quiet --no-pager --output=short-unix";

const char* matches(Writer writer) {
  switch (writer) {
    case Writer::badclients:
      break;
    case Writer::dovecot:
      return " --identifier=dovecot '--grep=-login: (Login|Logged in): '";
    case Writer::failed_policy:
      return " --identifier=dovecot '--grep=Error: policy[(:]'";
  }
  return " --identifier=dovecot --identifier=badclients --grep=mail-audit";
}

}  // namespace

Journal::Journal(const std::string& options, Writer writer)
    : program_(
          ::popen((std::string(program) + matches(writer) + options + " 2>/dev/null </dev/null")
                      .c_str(),
                  "re"),
          ::pclose) {}

base::Descriptor Journal::lines() const {
  return base::Descriptor{program_ ? ::fcntl(::fileno(program_.get()), F_DUPFD_CLOEXEC, 0) : -1};
}

}  // namespace badclients::logs
