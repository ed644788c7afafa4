#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "audit/line.hpp"
#include "door/told.hpp"

namespace badclients::door {

/// The answer to a login. For one door it is exit code and reply, for the other status and body.
struct Answer {
  int code = 0;
  std::string text;
};

/// What a login is answered, and what is logged, if the process that decides gets no further.
struct Plan {
  Answer answer;
  bool holds = false;  ///< false: an internal error ends the login with "cannot decide" instead
  std::string log;     ///< general/log
  audit::Line line;
};

/// How far the process that decides has come, in memory that it shares with the process that
/// watches. The first writes. The second reads the plan when the first has ended or was killed. A
/// new plan replaces the old one as a whole. A text that is longer than its room counts as empty.
/// One object serves one login after the other.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Throws std::system_error where there is no memory.
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // For the process that decides.

  /// A login came: it has no plan yet, and an answer is due. `told`: as far as it is known.
  void login_came(const Told& told, Time came);
  /// From now on this is what the login ends with.
  void arm(const Plan& plan) { arm(plan.answer, plan.holds, plan.log, plan.line); }
  void arm(const Answer& answer, bool holds, std::string_view log, const audit::Line& line);
  /// From now on this process does `what` (a text that lives as long as the program), until `when`
  /// at most. Wakes the process that watches if that sleeps for longer.
  void begin_step(const char* what, Time when);
  /// The login's audit line is written.
  void line_written();
  /// From now on the other process must not answer: a part of the answer may be under way.
  void answer_begins();
  /// The error that ends it.
  void fail(std::string_view what);

  // For the process that watches.

  /// Announces that this process sleeps until the returned time (until() or earlier), or SIGCHLD.
  Time announce_sleep();
  [[nodiscard]] std::optional<Plan> plan() const;  ///< nothing: the last login has none yet
  [[nodiscard]] bool owes_answer() const;          ///< whether an answer is due, and not begun
  [[nodiscard]] Told told() const;                 ///< of the last login; empty: none came
  [[nodiscard]] std::optional<Time> came() const;  ///< when the last login came
  [[nodiscard]] const char* step() const;
  [[nodiscard]] bool has_written_line() const;
  [[nodiscard]] std::string error() const;  ///< empty: none
  [[nodiscard]] Time until() const;

 private:
  struct Shared;
  Shared* shared_;
};

}  // namespace badclients::door
