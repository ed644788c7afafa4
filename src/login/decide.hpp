#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ask/gather.hpp"
#include "audit/line.hpp"
#include "audit/sink.hpp"
#include "config/config.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"
#include "lists/login_rules.hpp"
#include "login/armed.hpp"
#include "login/decided.hpp"

/// The way of one login, from Login to Verdict and audit line, whatever the door.
namespace badclients::login {

/// What the process of a door keeps from one login to the next: what is open, mapped or parsed.
/// Each login looks, with a stat() or fstat() a file, whether it still is what the disk has; what
/// was replaced, changed, emptied or deleted is let go of, and opened anew. Without a login in
/// between nothing is looked at.
struct Kept {
  std::shared_ptr<const lists::LoginRules> rules;
  ask::Kept facts;
  Decided decided;
};

struct Request {
  Kept* kept;  ///< nullptr: nothing is kept, nor stays mapped longer than it is read
  const facts::Login& login;
  const config::Config& config;
  const std::string& config_path;
  const std::vector<config::Problem>& problems;  ///< with the configuration
  std::chrono::steady_clock::time_point begin;   ///< when it came: took= and the deadline count
  audit::Sink& sink;                             ///< for the audit line and all warnings
  std::string background_program;                ///< ask::leave_to_background
  /// Hears each time what the login ends with from now on, at once after the configuration is known
  /// the first time. A door that is held up (a file system that hangs, a process that dies) answers
  /// with the last, and writes its line with what went wrong as `error`.
  std::function<void(const Armed&)> arm;
  bool proven = true;  ///< whether a password was shown (ask::Gathering)
  /// Whether it waits for the network only where few others do (ask::WaitingPlace): for a door that
  /// is one of a bounded number, and whose logins are let in where they wait for long.
  bool counted = false;
  /// Hears that the audit line is written: what a door says then is not the login's line. Nothing:
  /// nobody cares.
  std::function<void(const char* next)> line_written{};
  /// The number of `config` and `problems`: another one for others. 0: what was decided before says
  /// nothing about this login.
  std::uint64_t configuration = 0;
};

/// Decides, and writes the audit line, where the verdict wants one. Takes until begin +
/// lookup/deadline, and what a file system needs. Nothing is written before the lists have had
/// their say: a log that hangs lets nobody in. Never throws: what goes wrong inside is logged, and
/// ends with what is armed, where that holds, else with tempfail, "cannot decide".
facts::Verdict decide(const Request& request);

/// The line of a login about which nothing is known but itself, and that cannot be decided.
audit::Line undecided_line(const facts::Login& login, audit::Form form);
/// Writes it, and `why` as an error too.
void log_undecided(audit::Sink& sink, const facts::Login& login, audit::Form form,
                   std::chrono::steady_clock::time_point begin, const std::string& why);

}  // namespace badclients::login
