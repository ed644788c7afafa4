#include "checkpassword/door.hpp"

#include <memory>
#include <optional>

#include "audit/line.hpp"
#include "audit/sink.hpp"
#include "base/database.hpp"
#include "checkpassword/credentials.hpp"
#include "checkpassword/progress.hpp"
#include "checkpassword/supervise.hpp"
#include "config/config.hpp"
#include "login/decide.hpp"

namespace badclients::checkpassword {

namespace {

using audit::Level;
using Clock = std::chrono::steady_clock;

/// What is the same for both processes of a login.
struct Case {
  const std::string& config_path;
  const std::string& wrong_call;
  const Call& call;
  const Environment& environment;
  audit::Surroundings surroundings;
};

/// The process that decides. It needs file systems and the network, and may be held up, or die.
/// Writes the audit line, and says on the progress what to answer.
class Deciding {
 public:
  Deciding(const Case& one, Progress& progress)
      : case_(one), progress_(progress), sink_(audit::open_sink("auto", one.surroundings)) {}

  void operator()() {
    base::expect_one_thread();
    const auto user = read_user(3);
    // Dovecot starts many programs before it writes the credentials of the first, when many logins
    // come at once. From here on it is our time.
    came_ = Clock::now();
    progress_.begin_step("reading the configuration", came_ + longest_start());
    if (user) progress_.credentials_came(*user, came_);
    const auto wrong = case_.wrong_call.empty() && !user ? user.error() : case_.wrong_call;
    if (wrong.empty() && case_.environment.no_login) return;  // it is allowed already
    if (!wrong.empty()) return undecided(user.value_or(""), wrong, called_wrongly(case_.call));
    decide(*user);
  }

 private:
  void decide(const std::string& user) {
    const auto loaded = config::load(case_.config_path);
    if (!loaded) return undecided(user, loaded.error().str(), cannot_decide);
    const auto& config = loaded->config;
    sink_ = audit::open_sink(config.general.log, case_.surroundings);
    const auto login = make_login(user, case_.environment, config);
    if (!login) return undecided(user, login.error(), cannot_decide);

    const auto arm = [&](const login::Armed& armed) {
      progress_.arm({answer(armed.verdict, case_.call, login->service, config.general),
                     armed.holds(), config.general.log, armed.line});
      progress_.begin_step(armed.next, came_ + config.lookup.deadline + grace);
    };
    const auto line_written = [&](const char* next) {
      progress_.line_written();
      progress_.begin_step(next, came_ + config.lookup.deadline + grace);
    };
    login::decide({*login, config, case_.config_path, loaded->problems, came_, *sink_,
                   "/proc/self/exe", arm, !case_.call.credentials_lookup, line_written});
  }

  void undecided(const std::string& user, const std::string& why, int exit_code) {
    login::log_undecided(*sink_, login_for_log(user, case_.environment), came_, why);
    Plan plan;
    plan.answer.exit_code = exit_code;
    plan.holds = true;
    progress_.arm(plan);
  }

  const Case& case_;
  Progress& progress_;
  std::unique_ptr<audit::Sink> sink_;
  Clock::time_point came_;
};

/// What a login ends with of which nothing counts that was found out.
Plan nothing_known(const Case& one, const Progress& progress) {
  Plan plan;
  plan.answer.exit_code = cannot_decide;
  if (const auto armed = progress.plan()) plan.log = armed->log;
  plan.line = login::undecided_line(login_for_log(progress.user(), one.environment));
  return plan;
}

}  // namespace

Clock::duration longest_start() {
  return config::Config{}.lookup.deadline + grace;
}

int log_in(const std::string& config_path, const std::string& wrong_call, const Call& call,
           const Environment& environment, const Start& start, Clock::time_point begin) {
  const Case one{
      config_path, wrong_call, call, environment, {environment.log_service, start.stderr_open}};
  Progress progress;
  progress.begin_step("reading the credentials", begin + longest_start());
  // Dovecot wants to get rid of the credentials here, too.
  if (environment.no_login) progress.arm({answer({}, call, {}, {}), true, {}, {}});
  const auto outcome = supervise(progress, [&] { Deciding(one, progress)(); });

  auto plan = progress.plan();
  if (!plan || (outcome.broken && !plan->holds)) plan = nothing_known(one, progress);
  const auto log_trouble = [&](const std::string& why, bool with_line) {
    const auto took = Clock::now() - progress.came().value_or(begin);
    std::vector<LogLine> lines{{Level::error, why}};
    if (with_line) lines.push_back({Level::info, plan->line.text(took, why)});
    log_apart(plan->log, one.surroundings, lines);
  };
  if (!outcome.trouble.empty() && !environment.no_login) {
    log_trouble(outcome.trouble, !progress.has_written_line());
  }
  if (!plan->answer.exec.empty()) plan->answer.exec = call.program;
  const auto code = carry_out(plan->answer, start);
  if (!code) log_trouble(code.error(), true);
  return code.value_or(cannot_decide);
}

}  // namespace badclients::checkpassword
