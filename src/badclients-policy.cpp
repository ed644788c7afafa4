// badclients-policy(8): answers Dovecot's auth policy requests on standard input and output. It
// looks where a login comes from, writes an audit line, and refuses the login when a list says so.
// Here: the options, and what each does.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "authpolicy/door.hpp"
#include "authpolicy/help.hpp"
#include "door/background.hpp"
#include "door/program.hpp"

namespace {

using namespace badclients;

constexpr int called_wrongly = 2;

bool is_kind(int descriptor, mode_t kind) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

/// Whether standard error is Dovecot's log pipe. Dovecot says nothing about it: it gives a socket
/// and an empty environment to what it starts (script -p). A shell gives no socket, and systemd an
/// environment.
bool is_dovecot_log() {
  return is_kind(STDIN_FILENO, S_IFSOCK) && is_kind(STDERR_FILENO, S_IFIFO) && *environ == nullptr;
}

int work(const tl::expected<door::Options, std::string>& options, const door::Start& start,
         std::chrono::steady_clock::time_point begin) {
  if (!options) {
    std::fprintf(stderr, "badclients-policy: %s\n", options.error().c_str());
    return called_wrongly;
  }
  if (options->background) {
    return door::work_in_background(options->config, {false, start.stderr_open()}, begin);
  }
  return authpolicy::serve_connection(options->config, start, is_dovecot_log());
}

}  // namespace

int main(int argc, char** argv) {
  door::run({"badclients-policy", BADCLIENTS_VERSION, authpolicy::help_text, 3, false}, argc, argv,
            work);
}
