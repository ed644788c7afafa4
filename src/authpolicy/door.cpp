#include "authpolicy/door.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "authpolicy/answer.hpp"
#include "authpolicy/connection.hpp"
#include "authpolicy/http.hpp"
#include "authpolicy/session.hpp"
#include "door/progress.hpp"
#include "door/supervise.hpp"
#include "door/told.hpp"
#include "login/decide.hpp"

namespace badclients::authpolicy {

namespace {

using audit::Level;
using Clock = std::chrono::steady_clock;

/// In the child's place: how long to write the answer, and how long to end the connection.
constexpr std::chrono::milliseconds patience{250};

/// What the child's request ends with.
door::Plan plan_of(const door::Progress& progress, const door::Outcome& outcome) {
  auto plan = progress.plan();
  if (plan && (!outcome.broken || plan->holds)) return *plan;
  const auto told = progress.told();
  const auto form = plan ? plan->line.form : audit::Form::line;
  const auto line =
      told.user.empty() ? audit::Line{} : login::undecided_line(door::login_for_log(told), form);
  return {cannot_decide(), false, plan ? plan->log : "", line};
}

void answer_in_its_place(const door::Progress& progress, const door::Plan& plan) {
  if (progress.owes_answer()) {
    const auto bytes = http_answer(plan.answer.code, plan.answer.text, 11, false);
    Connection::write(bytes, Clock::now() + patience);
  }
  // Closing is not enough: a child that the kernel cannot end still has the socket.
  Connection::end(Clock::now() + patience);
}

std::vector<door::LogLine> lines_of(const door::Progress& progress, const door::Plan& plan,
                                    const std::string& trouble) {
  std::vector<door::LogLine> lines{{Level::error, trouble}};
  const bool is_line_due = progress.owes_answer() && !progress.has_written_line();
  if (is_line_due && !plan.line.before_took.empty()) {
    const auto took = Clock::now() - progress.came().value_or(Clock::now());
    lines.push_back({Level::info, plan.line.text(took, trouble)});
  }
  return lines;
}

}  // namespace

int serve_connection(const std::string& config_path, const door::Start& start, bool dovecot_log) {
  const Surroundings surroundings{config_path, {dovecot_log, start.stderr_open()}};
  door::Progress progress;
  progress.begin_step("starting", Clock::now() + door::longest_start());
  const auto outcome =
      door::supervise(progress, {-1, true}, [&] { serve(surroundings, progress); });
  if (outcome.trouble.empty()) return 0;
  const auto plan = plan_of(progress, outcome);
  const auto lines = lines_of(progress, plan, outcome.trouble);
  answer_in_its_place(progress, plan);
  door::log_apart(plan.log, surroundings.log, lines);
  return 1;
}

}  // namespace badclients::authpolicy
