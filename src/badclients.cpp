// badclients(8): Dovecot's checkpassword program. It looks where a login comes from, writes an
// audit line, and refuses the login when a list says so. Here: the options, and what each does.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include <fmt/format.h>

#include "audit/sink.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/door.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/help.hpp"
#include "door/background.hpp"
#include "door/options.hpp"
#include "door/start.hpp"

namespace {

using namespace badclients;
using Clock = std::chrono::steady_clock;

int print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

/// The exit code; does not return where another program is run.
int run(std::span<const char* const> arguments, const door::Start& start, Clock::time_point begin) {
  const auto environment = checkpassword::read_environment(environ);
  const audit::Surroundings surroundings{environment.log_service, start.stderr_open()};
  checkpassword::Call call;
  call.credentials_lookup = environment.credentials_lookup;
  call.proxied = environment.proxied;
  call.reply_open = start.open[4];

  std::string wrong_call;
  auto options = door::read_options(arguments);
  if (!options) {
    wrong_call = fmt::format("{}; badclients --help shows the usage", options.error());
    options.emplace();
  }
  if (options->help) return print(checkpassword::help_text());
  if (options->version) return print("badclients " BADCLIENTS_VERSION "\n");
  if (options->background) {
    return door::work_in_background(options->config, surroundings, begin);
  }
  if (!start.open[3]) {
    if (wrong_call.empty()) {
      wrong_call = "descriptor 3 is not open; badclients --help shows how to try it";
    }
    audit::open_sink("auto", surroundings)->write(audit::Level::error, wrong_call);
    return checkpassword::called_wrongly(call);
  }
  call.program = options->rest;
  return checkpassword::log_in(options->config, wrong_call, call, environment, start, begin);
}

}  // namespace

int main(int argc, char** argv) {
  const auto begin = Clock::now();
  int code = checkpassword::cannot_decide;
  try {
    code = run({argv + 1, argv + argc}, door::harden(5), begin);
  } catch (const std::exception& error) {
    // Not even a process to decide in.
    std::fprintf(stderr, "badclients: error: %s\n", error.what());
  }
  std::fflush(stdout);
  // Not exit(): there is nothing left to be done, only to be destroyed.
  ::_exit(code);
}
