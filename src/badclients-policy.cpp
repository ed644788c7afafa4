// badclients-policy(8): answers Dovecot's auth policy requests on standard input and output. It
// looks where a login comes from, writes an audit line, and refuses the login when a list says so.
// Here: the options, and what each does.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <span>
#include <string_view>

#include "authpolicy/door.hpp"
#include "authpolicy/help.hpp"
#include "door/background.hpp"
#include "door/options.hpp"
#include "door/start.hpp"

namespace {

using namespace badclients;
using Clock = std::chrono::steady_clock;

constexpr int called_wrongly = 2;
constexpr int cannot_work = 111;

int print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

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

int run(std::span<const char* const> arguments, const door::Start& start, Clock::time_point begin) {
  const auto options = door::read_options(arguments);
  if (!options || !options->rest.empty()) {
    const auto why = options ? "takes no arguments" : options.error();
    std::fprintf(stderr, "badclients-policy: %s; badclients-policy --help shows the usage\n",
                 why.c_str());
    return called_wrongly;
  }
  if (options->help) return print(authpolicy::help_text());
  if (options->version) return print("badclients-policy " BADCLIENTS_VERSION "\n");
  if (options->background) {
    return door::work_in_background(options->config, {false, start.stderr_open()}, begin);
  }
  return authpolicy::serve_connection(options->config, start, is_dovecot_log());
}

}  // namespace

int main(int argc, char** argv) {
  const auto begin = Clock::now();
  int code = cannot_work;
  try {
    code = run({argv + 1, argv + argc}, door::harden(3), begin);
  } catch (const std::exception& error) {
    // Not even a process to decide in.
    std::fprintf(stderr, "badclients-policy: error: %s\n", error.what());
  }
  std::fflush(stdout);
  // Not exit(): there is nothing left to be done, only to be destroyed.
  ::_exit(code);
}
