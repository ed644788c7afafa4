// badclients(8): Dovecot's checkpassword program. It looks where a login comes from, writes an
// audit line, and refuses the login when a list says so. Here: the options, and the way of one
// login from stage to stage.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "audit/sink.hpp"
#include "cache/set_up.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/credentials.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/options.hpp"
#include "checkpassword/start.hpp"
#include "checkpassword/watchdog.hpp"
#include "config/config.hpp"
#include "login/decide.hpp"
#include "login/warner.hpp"
#include "lookup/background.hpp"

namespace {

using namespace badclients;
using namespace std::chrono_literals;
using audit::Level;
using checkpassword::Answer;
using checkpassword::Call;
using Clock = std::chrono::steady_clock;

/// What the process in the background has for pruning the cache.
constexpr auto longest_pruning = 10min;

/// What our own deadline needs to end by itself before the watchdog ends it.
constexpr auto grace = 250ms;

/// What held a login up that the watchdog ends.
constexpr const char* late =
    "no decision in time: a file system that hangs, or a pattern that takes too long";

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
        sink_(audit::open_sink("auto", surroundings())) {
    call_.credentials_lookup = environment_.credentials_lookup;
    call_.reply_open = start.reply_open;
  }

  /// The exit code; does not return where another program is run.
  int operator()(std::span<const char* const> arguments) {
    const auto options = checkpassword::read_options(arguments);
    if (!options) {
      return called_wrongly(fmt::format("{}; badclients --help shows the usage", options.error()));
    }
    if (options->help) return print(checkpassword::help_text());
    if (options->version) return print("badclients " BADCLIENTS_VERSION "\n");
    if (options->background) return work_in_background(options->config);
    if (!start_.credentials_open) {
      return called_wrongly("descriptor 3 is not open; badclients --help shows how to try it");
    }
    call_.program = options->program;
    cache::set_up_for_one_login();
    return with_credentials(options->config);
  }

  int cannot_decide(std::string_view why) {
    sink_->write(Level::error, why);
    return checkpassword::cannot_decide;
  }

 private:
  /// What is not done within `limit`, never will be.
  void end_after(Clock::duration limit, std::string_view why) {
    Answer undecided;
    undecided.exit_code = checkpassword::cannot_decide;
    watchdog_.set(begin_ + limit, undecided, stuck_line(why));
  }

  /// There is nobody at the other end: warnings go to the log file, or to syslog.
  int work_in_background(const std::string& path) {
    end_after(config::Config{}.lookup.deadline, "reading the configuration takes too long");
    const auto loaded = config::load(path);
    if (!loaded) return cannot_decide(loaded.error());
    const auto& config = loaded->config;
    const auto& log = config.general.log;
    sink_ = audit::open_sink(log == "none" || log.starts_with('/') ? log : "syslog", {});
    end_after(config.lookup.deadline + longest_pruning, "pruning takes too long");
    std::vector<std::string> warnings;
    lookup::work_in_background(
        {config, path, begin_ + config.lookup.deadline, std::chrono::system_clock::now()},
        warnings);
    login::Warner(*sink_).warn(warnings);
    return 0;
  }

  /// The time counts from here on: Dovecot starts many programs before it writes the credentials of
  /// the first, when many logins come at once.
  int with_credentials(const std::string& path) {
    end_after(config::Config{}.lookup.deadline + grace, "no credentials came on descriptor 3");
    auto user = checkpassword::read_user(3);
    if (!user) return called_wrongly(user.error());
    begin_ = Clock::now();
    return with_config(std::move(*user), path);
  }

  int with_config(std::string user, const std::string& path) {
    end_after(config::Config{}.lookup.deadline + grace, "reading the configuration takes too long");
    watchdog_.explain_cut(
        stuck_line("a file was cut short, or cannot be read any more, while it was in use: "
                   "lists.index, cache.db or a GeoIP database; replace files by renaming"));
    const auto loaded = config::load(path);
    if (!loaded) return cannot_decide(loaded.error());
    const auto& config = loaded->config;
    sink_ = audit::open_sink(config.general.log, surroundings());
    login::Warner(*sink_).warn(loaded->problems);

    const auto login = checkpassword::make_login(std::move(user), environment_);
    if (!login) return cannot_decide(login.error());
    return with_login(*login, config, path);
  }

  int with_login(const facts::Login& login, const config::Config& config,
                 const std::string& config_path) {
    const auto when = begin_ + config.lookup.deadline + grace;
    const auto arm = [&](const login::Standing& standing) {
      const auto text = standing.line.text(when - begin_, late);
      watchdog_.set(
          when, answer_to(standing.verdict, login, config),
          stuck_line(late) + audit::line_for_stderr(Level::info, text, environment_.log_service));
    };
    const auto verdict =
        login::decide({login, config, config_path, begin_, *sink_, "/proc/self/exe", arm});
    return carry_out(answer_to(verdict, login, config));
  }

  Answer answer_to(const facts::Verdict& verdict, const facts::Login& login,
                   const config::Config& config) const {
    return checkpassword::answer(verdict, call_, login.service, config.general);
  }

  int carry_out(const Answer& answer) {
    watchdog_.stop();
    const auto code = checkpassword::carry_out(answer, start_);
    return code ? *code : cannot_decide(code.error());
  }

  int called_wrongly(std::string_view why) {
    sink_->write(Level::error, why);
    return checkpassword::called_wrongly(call_);
  }

  [[nodiscard]] audit::Surroundings surroundings() const {
    return {environment_.log_service, start_.stderr_open};
  }
  [[nodiscard]] std::string stuck_line(std::string_view text) const {
    return audit::line_for_stderr(Level::error, text, environment_.log_service);
  }

  Clock::time_point begin_;
  checkpassword::Start start_;
  checkpassword::Environment environment_;
  std::unique_ptr<audit::Sink> sink_;
  Call call_;
  checkpassword::Watchdog watchdog_;
};

int run_program(int argc, char** argv) {
  const auto begin = Clock::now();
  try {
    Run run(begin, checkpassword::harden());
    try {
      return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
      return run.cannot_decide(fmt::format("internal error: {}", error.what()));
    }
  } catch (const std::exception& error) {
    // Not even a log.
    std::fprintf(stderr, "badclients: error: %s\n", error.what());
    return checkpassword::cannot_decide;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run_program(argc, argv);
  std::fflush(stdout);
  // Not exit(): there is nothing left to be done, only to be destroyed.
  ::_exit(code);
}
