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

/// Memory that the process which decides shares with the one that answers. The one posts, the other
/// reads, at the latest when it has killed the first. Each post takes the place of the one before
/// as a whole. A text that is longer than any that is expected is left out.
class Board {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Throws std::system_error where there is no memory.
  Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board();

  void post(const Plan& plan);
  void post_user(std::string_view user, Time came);
  /// From now on it does `what` (a text that lives as long as the program), until `when` at most.
  void post_step(const char* what, Time when);

  /// The error that ends it.
  void post_error(std::string_view what);

  [[nodiscard]] std::optional<Plan> plan() const;  ///< nothing: none was posted
  [[nodiscard]] std::string user() const;          ///< empty: not posted
  [[nodiscard]] std::optional<Time> came() const;  ///< when the credentials came
  [[nodiscard]] const char* step() const;
  [[nodiscard]] std::string error() const;  ///< empty: none was posted
  [[nodiscard]] Time until() const;

 private:
  struct Shared;
  Shared* shared_;
};

}  // namespace badclients::checkpassword
