// badclients(8): Dovecot's checkpassword program. It looks where a login comes from, writes an
// audit line, and refuses the login when a list says so. Here: the options, and what each does.

#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "audit/sink.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/door.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/help.hpp"
#include "door/background.hpp"
#include "door/program.hpp"

namespace {

using namespace badclients;

/// The exit code; does not return where another program is run.
int work(tl::expected<door::Options, std::string> options, const door::Start& start,
         std::chrono::steady_clock::time_point begin) {
  const auto environment = checkpassword::read_environment(environ);
  const audit::Surroundings surroundings{environment.log_service, start.stderr_open()};
  checkpassword::Call call;
  call.credentials_lookup = environment.credentials_lookup;
  call.proxied = environment.proxied;
  call.reply_open = start.open[4];

  auto wrong_call = options ? std::string() : options.error();
  if (!options) options.emplace();
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
  call.program = std::move(options->rest);
  return checkpassword::log_in(options->config, wrong_call, call, environment, start, begin);
}

}  // namespace

int main(int argc, char** argv) {
  door::run({"badclients", BADCLIENTS_VERSION, checkpassword::help_text, 5}, argc, argv, work);
}
