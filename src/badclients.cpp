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

#include "audit/line.hpp"
#include "audit/sink.hpp"
#include "cache/set_up.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/credentials.hpp"
#include "checkpassword/environment.hpp"
#include "checkpassword/options.hpp"
#include "checkpassword/start.hpp"
#include "checkpassword/watchdog.hpp"
#include "config/config.hpp"
#include "lists/login_rules.hpp"
#include "lookup/background.hpp"
#include "lookup/gather.hpp"
#include "policy/policy.hpp"

namespace {

using namespace badclients;
using namespace std::chrono_literals;
using audit::Level;
using checkpassword::Answer;
using checkpassword::Call;
using Clock = std::chrono::steady_clock;
using Problems = std::vector<config::Problem>;
using Severity = config::Problem::Severity;

/// What the process in the background has for pruning the cache.
constexpr auto longest_pruning = 10min;

/// What our own deadline needs to end by itself before the watchdog ends it.
constexpr auto grace = 250ms;

int print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

/// Writes the first few warnings of a kind, and how many more there are.
class Warner {
 public:
  explicit Warner(audit::Sink& sink) : sink_(sink) {}

  void warn(const std::vector<std::string>& texts) { warn(texts, texts.size()); }
  /// `texts` are the first of `count`.
  void warn(const std::vector<std::string>& texts, std::size_t count) {
    for (std::size_t i = 0; i < texts.size() && i < most; ++i)
      sink_.write(Level::warning, texts[i]);
    if (count > most) {
      sink_.write(Level::warning, fmt::format("and {} more: run badclientsctl lint", count - most));
    }
  }
  /// Lines that have no effect. What has, but may not be what was meant, is for lint: the log of
  /// each login is not the place to say it again.
  void warn(const Problems& problems) {
    std::vector<std::string> texts;
    for (const auto& problem : problems) {
      if (problem.severity == Severity::error) texts.push_back(problem.str());
    }
    warn(texts);
  }

 private:
  static constexpr std::size_t most = 5;
  audit::Sink& sink_;
};

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
    return with_config(options->config);
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
    lookup::work_in_background(gathering(config, path, true), warnings);
    Warner(*sink_).warn(warnings);
    return 0;
  }

  int with_config(const std::string& path) {
    end_after(config::Config{}.lookup.deadline + grace,
              "reading the configuration, or the credentials, takes too long");
    watchdog_.explain_cut(
        stuck_line("a file was cut short, or cannot be read any more, while it was in use: "
                   "lists.index, cache.db or a GeoIP database; replace files by renaming"));
    const auto loaded = config::load(path);
    if (!loaded) return cannot_decide(loaded.error());
    const auto& config = loaded->config;
    sink_ = audit::open_sink(config.general.log, surroundings());
    Warner(*sink_).warn(loaded->problems);

    auto user = checkpassword::read_user(3);
    if (!user) return called_wrongly(user.error());
    const auto login = checkpassword::make_login(std::move(*user), environment_);
    if (!login) return cannot_decide(login.error());
    return with_login(*login, config, path);
  }

  int with_login(const facts::Login& login, const config::Config& config,
                 const std::string& config_path) {
    guard(login, config);
    if (const auto verdict = policy::before_lists(login, config)) {
      if (!verdict->logged) return carry_out(answer_to(*verdict, login, config));
      const auto wanted = policy::wanted_by_audit(config);
      const auto how = gathering(config, config_path, !refuses(*verdict));
      return conclude(login, wanted, gather(login, wanted, how), *verdict, how);
    }
    const auto rules = lists::LoginRules::open(config.general.list_path, config.general.state_path);
    if (!rules) return cannot_decide(rules.error());
    if (!rules->trouble().empty()) sink_->write(Level::warning, rules->trouble());
    if (rules->fault_count() != 0) Warner(*sink_).warn(rules->faults(), rules->fault_count());

    const policy::Policy policy(rules->index(), config);
    const auto early = policy.before_facts(login);
    const auto wanted = policy.wanted();
    const auto how = gathering(config, config_path, !(early && refuses(*early)));
    const auto facts = gather(login, wanted, how);
    const auto verdict = early ? *early : policy.decide(login, facts);
    if (!policy.trouble().empty()) sink_->write(Level::warning, policy.trouble());
    return conclude(login, wanted, facts, verdict, how);
  }

  /// Whoever is refused is not asked about.
  static bool refuses(const facts::Verdict& verdict) {
    return verdict.refused() || verdict.would_block;
  }

  /// Logs the verdict and answers.
  int conclude(const facts::Login& login, const facts::Wanted& wanted, const facts::Facts& facts,
               const facts::Verdict& verdict, const lookup::Gathering& how) {
    const auto answer = answer_to(verdict, login, how.config);
    watchdog_.set(begin_ + how.config.lookup.deadline + grace, answer,
                  stuck_line("writing the log takes too long"));
    if (verdict.logged) log(login, facts, verdict);
    leave_to_background(login, wanted, facts, how);
    return carry_out(answer);
  }

  /// What a login that something holds up ends with, by on_error.
  void guard(const facts::Login& login, const config::Config& config) {
    using Decision = facts::Verdict::Decision;
    const auto& general = config.general;
    facts::Verdict verdict;
    verdict.matched = "on_error";
    verdict.would_block =
        general.on_error != config::OnError::allow && general.mode == config::Mode::monitor;
    if (general.mode == config::Mode::enforce) {
      if (general.on_error == config::OnError::deny) verdict.decision = Decision::deny;
      if (general.on_error == config::OnError::tempfail) verdict.decision = Decision::tempfail;
    }
    const auto answer = answer_to(verdict, login, config);
    if (!answer.exec.empty()) verdict.decision = Decision::tempfail;  // see Watchdog::set
    const auto when = begin_ + config.lookup.deadline + grace;
    const auto line = audit::line(login, {}, verdict, when - begin_);
    watchdog_.set(when, answer,
                  stuck_line("no decision in time: a file system that hangs, or a pattern that "
                             "takes too long; on_error decides") +
                      audit::line_for_stderr(Level::info, line, environment_.log_service));
  }

  lookup::Gathering gathering(const config::Config& config, const std::string& config_path,
                              bool ask) const {
    return {config, config_path, begin_ + config.lookup.deadline, std::chrono::system_clock::now(),
            ask};
  }

  facts::Facts gather(const facts::Login& login, const facts::Wanted& wanted,
                      const lookup::Gathering& how) {
    const auto address = login.origin();
    if (!address) return {};
    std::vector<std::string> warnings;
    auto facts = lookup::gather(*address, wanted, how, warnings);
    Warner(*sink_).warn(warnings);
    return facts;
  }

  void leave_to_background(const facts::Login& login, const facts::Wanted& wanted,
                           const facts::Facts& facts, const lookup::Gathering& how) {
    const auto address = login.origin();
    if (!address || !how.ask) return;
    std::vector<std::string> warnings;
    lookup::leave_to_background(*address, wanted, facts, how, "/proc/self/exe", warnings);
    Warner(*sink_).warn(warnings);
  }

  void log(const facts::Login& login, const facts::Facts& facts, const facts::Verdict& verdict) {
    sink_->write(Level::info, audit::line(login, facts, verdict, Clock::now() - begin_));
    if (const auto second = audit::maxmind_line(login, facts)) sink_->write(Level::info, *second);
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
