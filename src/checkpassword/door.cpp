#include "checkpassword/door.hpp"

#include <memory>
#include <utility>

#include "audit/line.hpp"
#include "audit/sink.hpp"
#include "base/database.hpp"
#include "checkpassword/credentials.hpp"
#include "config/config.hpp"
#include "door/progress.hpp"
#include "door/supervise.hpp"
#include "login/decide.hpp"
#include "login/line_form.hpp"

namespace badclients::checkpassword {

namespace {

using audit::Level;
using Clock = std::chrono::steady_clock;

/// What both processes of a login know.
struct Case {
  const std::string& config_path;
  const std::string& wrong_call;
  const Call& call;
  const Environment& environment;
  audit::Surroundings surroundings;
};

/// Dovecot waits for the reply until every process that has this descriptor has closed it.
constexpr int reply_descriptor = 4;

/// The child: decides, writes the audit line, and says in `progress` what to answer. It needs file
/// systems and the network, so it may hang or die.
class Deciding {
 public:
  Deciding(const Case& one, door::Progress& progress)
      : case_(one), progress_(progress), sink_(audit::open_sink("auto", one.surroundings)) {}

  void operator()() {
    base::expect_one_thread();
    const auto user = read_user(3);
    // The time counts from here: if many logins come at once, Dovecot starts many programs before
    // it writes the credentials of the first.
    came_ = Clock::now();
    progress_.begin_step("reading the configuration", came_ + door::longest_start());
    if (user && !case_.environment.no_login)
      progress_.login_came({*user, {}, {}, {}, {}, {}}, came_);
    const auto wrong = case_.wrong_call.empty() && !user ? user.error() : case_.wrong_call;
    if (wrong.empty() && case_.environment.no_login) return;  // allowed is armed already
    if (!wrong.empty()) return undecided(user.value_or(""), wrong, called_wrongly(case_.call));
    decide(*user);
  }

 private:
  void decide(const std::string& user) {
    const auto loaded = config::load(case_.config_path);
    if (!loaded) return undecided(user, loaded.error().str(), cannot_decide);
    const auto& config = loaded->config;
    sink_ = audit::open_sink(config.general.log, case_.surroundings);
    form_ = login::line_form(config);
    const auto login = make_login(user, case_.environment, config);
    if (!login) return undecided(user, login.error(), cannot_decide);

    const auto arm = [&](const login::Armed& armed) {
      progress_.arm({answer(armed.verdict, case_.call, login->service, config.general),
                     armed.holds(), config.general.log, armed.line});
      progress_.begin_step(armed.next, came_ + config.lookup.deadline + door::grace);
    };
    const auto line_written = [&](const char* next) {
      progress_.line_written();
      progress_.begin_step(next, came_ + config.lookup.deadline + door::grace);
    };
    login::decide({nullptr, *login, config, case_.config_path, loaded->problems, came_, *sink_,
                   "/proc/self/exe", arm, !case_.call.credentials_lookup, false, line_written});
  }

  void undecided(const std::string& user, const std::string& why, int exit_code) {
    login::log_undecided(*sink_, login_for_log(user, case_.environment), form_, came_, why);
    progress_.line_written();
    progress_.arm({{exit_code, {}}, true, {}, {}});
  }

  const Case& case_;
  door::Progress& progress_;
  std::unique_ptr<audit::Sink> sink_;
  audit::Form form_ = audit::Form::line;
  Clock::time_point came_;
};

/// What a login ends with if nothing that was found out counts.
door::Plan nothing_known(const Case& one, const door::Progress& progress) {
  door::Plan plan;
  plan.answer.code = cannot_decide;
  const auto armed = progress.plan();
  if (armed) plan.log = armed->log;
  plan.line = login::undecided_line(login_for_log(progress.told().user, one.environment),
                                    armed ? armed->line.form : audit::Form::line);
  return plan;
}

}  // namespace

int log_in(const std::string& config_path, const std::string& wrong_call, const Call& call,
           const Environment& environment, const door::Start& start, Clock::time_point begin) {
  const Case one{
      config_path, wrong_call, call, environment, {environment.log_service, start.stderr_open()}};
  door::Progress progress;
  progress.begin_step("reading the credentials", begin + door::longest_start());
  // The child still reads the credentials: Dovecot writes them in any case.
  if (environment.no_login) {
    progress.arm({answer({}, call, {}, {}), true, {}, {}});
  }
  const auto outcome =
      door::supervise(progress, {reply_descriptor, false}, [&] { Deciding(one, progress)(); });

  auto plan = progress.plan();
  if (!plan || (outcome.broken && !plan->holds)) plan = nothing_known(one, progress);
  const auto log_trouble = [&](const std::string& why, bool with_line) {
    const auto took = Clock::now() - progress.came().value_or(begin);
    std::vector<door::LogLine> lines{{Level::error, why}};
    if (with_line) lines.push_back({Level::info, plan->line.text(took, why)});
    door::log_apart(plan->log, one.surroundings, lines);
  };
  if (!outcome.trouble.empty() && !environment.no_login) {
    log_trouble(outcome.trouble, !progress.has_written_line());
  }
  const auto code = carry_out(plan->answer, call, start);
  if (!code) log_trouble(code.error(), true);
  return code.value_or(cannot_decide);
}

}  // namespace badclients::checkpassword
