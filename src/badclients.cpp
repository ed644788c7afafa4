// badclients(8): Dovecot's checkpassword program. It looks where a login comes from, writes an
// audit line, and refuses the login when a list says so. Here: the options, and who does what: one
// process decides, the one that Dovecot started answers, whatever becomes of the other.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ask/background.hpp"
#include "audit/sink.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/door.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/options.hpp"
#include "checkpassword/progress.hpp"
#include "checkpassword/start.hpp"
#include "checkpassword/supervise.hpp"
#include "config/config.hpp"
#include "login/warner.hpp"

namespace {

using namespace badclients;
using namespace std::chrono_literals;
using audit::Level;
using checkpassword::Call;
using checkpassword::Plan;
using checkpassword::Progress;
using Clock = std::chrono::steady_clock;

/// What the process in the background has for pruning the cache.
constexpr auto longest_pruning = 10min;

int print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

/// One run of the program.
class Run {
 public:
  Run(Clock::time_point begin, const checkpassword::Start& start)
      : begin_(begin),
        start_(start),
        environment_(checkpassword::read_environment(environ)),
        surroundings_{environment_.log_service, start_.stderr_open} {
    call_.credentials_lookup = environment_.credentials_lookup;
    call_.proxied = environment_.proxied;
    call_.reply_open = start.reply_open;
  }

  /// The exit code; does not return where another program is run.
  int operator()(std::span<const char* const> arguments) {
    const auto options = checkpassword::read_options(arguments);
    if (!options) {
      return log_in({}, fmt::format("{}; badclients --help shows the usage", options.error()));
    }
    if (options->help) return print(checkpassword::help_text());
    if (options->version) return print("badclients " BADCLIENTS_VERSION "\n");
    if (options->background) return work_in_background(options->config);
    call_.program = options->program;
    return log_in(options->config, {});
  }

 private:
  int log_in(const std::string& config_path, const std::string& wrong_call) {
    if (!start_.credentials_open) {
      return called_wrongly(wrong_call.empty()
                                ? "descriptor 3 is not open; badclients --help shows how to try it"
                                : wrong_call);
    }
    return checkpassword::log_in(config_path, wrong_call, call_, environment_, start_, begin_);
  }

  /// There is nobody at the other end: warnings go to the log file, or to syslog.
  int work_in_background(const std::string& path) {
    Progress progress;
    progress.begin_step("reading the configuration", begin_ + checkpassword::longest_start());
    const auto outcome =
        checkpassword::supervise(progress, [&] { refresh_and_prune(path, progress); });
    const auto plan = progress.plan().value_or(Plan{});
    if (!outcome.trouble.empty()) {
      checkpassword::log_apart(plan.log, surroundings_, {{Level::error, outcome.trouble}});
    }
    return outcome.trouble.empty() ? plan.answer.exit_code : checkpassword::cannot_decide;
  }

  void refresh_and_prune(const std::string& path, Progress& progress) {
    Plan plan;
    const auto loaded = config::load(path);
    if (!loaded) {
      audit::open_sink("auto", surroundings_)->write(Level::error, loaded.error().str());
      plan.answer.exit_code = checkpassword::cannot_decide;
      return progress.arm(plan);
    }
    const auto& config = loaded->config;
    const auto& log = config.general.log;
    plan.log = log == "none" || log.starts_with('/') ? log : "syslog";
    progress.arm(plan);
    progress.begin_step("refreshing and pruning the cache",
                        begin_ + config.lookup.deadline + longest_pruning);
    const auto sink = audit::open_sink(plan.log, {});
    std::vector<std::string> warnings;
    ask::work_in_background(
        {config, path, begin_ + config.lookup.deadline, std::chrono::system_clock::now()},
        warnings);
    login::Warner(*sink).warn(warnings);
  }

  int called_wrongly(std::string_view why) {
    audit::open_sink("auto", surroundings_)->write(Level::error, why);
    return checkpassword::called_wrongly(call_);
  }

  Clock::time_point begin_;
  checkpassword::Start start_;
  checkpassword::Environment environment_;
  audit::Surroundings surroundings_;
  Call call_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto begin = Clock::now();
  int code = checkpassword::cannot_decide;
  try {
    code = Run(begin, checkpassword::harden())({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    // Not even a process to decide in.
    std::fprintf(stderr, "badclients: error: %s\n", error.what());
  }
  std::fflush(stdout);
  // Not exit(): there is nothing left to be done, only to be destroyed.
  ::_exit(code);
}
