#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "audit/line.hpp"
#include "checkpassword/answer.hpp"

namespace badclients::checkpassword {

/// What a login is answered, and what is logged, should the process that decides about it not get
/// any further.
struct Plan {
  Answer answer;       ///< of `exec` only whether there is one: the program is known
  bool holds = false;  ///< false: an internal error ends the login with cannot_decide instead
  std::string log;     ///< general/log
  audit::Line line;
};

/// How far the process that decides has come, in memory that it shares with the one that answers.
/// The one writes; the other reads the plan when the first has ended or been killed. A plan takes
/// the place of the one before as a whole. A text that is longer than any that is expected is left
/// out.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Throws std::system_error where there is no memory.
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// From now on the login ends so.
  void arm(const Plan& plan);
  void credentials_came(std::string_view user, Time came);
  /// From now on it does `what` (a text that lives as long as the program), until `when` at most.
  void begin_step(const char* what, Time when);

  void line_written();

  /// The error that ends it.
  void fail(std::string_view what);

  [[nodiscard]] std::optional<Plan> plan() const;  ///< nothing: none was armed
  [[nodiscard]] std::string user() const;          ///< empty: not known yet
  [[nodiscard]] std::optional<Time> came() const;  ///< when the credentials came
  [[nodiscard]] const char* step() const;
  [[nodiscard]] bool has_written_line() const;  ///< the login's audit line
  [[nodiscard]] std::string error() const;      ///< empty: none
  [[nodiscard]] Time until() const;

 private:
  struct Shared;
  Shared* shared_;
};

}  // namespace badclients::checkpassword
