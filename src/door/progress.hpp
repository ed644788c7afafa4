#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "audit/line.hpp"
#include "door/told.hpp"

namespace badclients::door {

/// What a login is answered. What it means is the door's: exit code and reply, status and body.
struct Answer {
  int code = 0;
  std::string text;
};

/// What a login is answered, and what is logged, should the process that decides about it not get
/// any further.
struct Plan {
  Answer answer;
  bool holds = false;  ///< false: an internal error ends the login with "cannot decide" instead
  std::string log;     ///< general/log
  audit::Line line;
};

/// How far the process that decides has come, in memory that it shares with the one that watches.
/// The one writes; the other reads the plan when the first has ended or been killed. A plan takes
/// the place of the one before as a whole. A text that is longer than any that is expected is left
/// out. One login after the other may be written of.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Throws std::system_error where there is no memory.
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // Of the process that decides.

  /// A login came, and is owed an answer; it has no plan yet. `told`: as far as it is known.
  void login_came(const Told& told, Time came);
  /// From now on the login ends so.
  void arm(const Plan& plan) { arm(plan.answer, plan.holds, plan.log, plan.line); }
  void arm(const Answer& answer, bool holds, std::string_view log, const audit::Line& line);
  /// From now on it does `what` (a text that lives as long as the program), until `when` at most.
  /// Wakes the process that watches where that would otherwise look too late.
  void begin_step(const char* what, Time when);
  /// The login's audit line.
  void line_written();
  /// From now on nobody else may answer the login: a part of the answer may be under way.
  void answer_begins();
  /// The error that ends it.
  void fail(std::string_view what);

  // Of the process that watches.

  /// It sleeps until the returned time, which is until() or earlier, or until a signal SIGCHLD.
  Time announce_sleep();
  [[nodiscard]] std::optional<Plan> plan() const;  ///< nothing: none was armed for the last login
  [[nodiscard]] bool owes_answer() const;          ///< whether a login came and nobody answers it
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
