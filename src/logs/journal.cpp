#include "logs/journal.hpp"

#include <fcntl.h>

namespace badclients::logs {

namespace {

constexpr const char* program =
    "journalctl --quiet --no-pager --output=short-unix --grep=mail-audit "
    "--identifier=dovecot --identifier=badclients";

}  // namespace

Journal::Journal(const std::string& options)
    : program_(::popen((program + options + " 2>/dev/null </dev/null").c_str(), "re"), ::pclose) {}

base::Descriptor Journal::lines() const {
  return base::Descriptor{program_ ? ::fcntl(::fileno(program_.get()), F_DUPFD_CLOEXEC, 0) : -1};
}

}  // namespace badclients::logs
