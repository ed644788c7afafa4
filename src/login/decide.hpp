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

/// What a door's process keeps from one login to the next, open, mapped or parsed. Each login
/// checks each file with a stat() or fstat(); a file that was replaced, changed, emptied or deleted
/// is closed and opened anew. Between logins nothing is checked.
struct Kept {
  std::shared_ptr<const lists::LoginRules> rules;
  ask::Kept facts;
  Decided decided;
};

struct Request {
  Kept* kept;  ///< nullptr: nothing is kept, and nothing stays mapped longer than it is read
  const facts::Login& login;
  const config::Config& config;
  const std::string& config_path;
  const std::vector<config::Problem>& problems;  ///< what is wrong with the configuration
  std::chrono::steady_clock::time_point begin;   ///< when it came: the deadline and took= count
  audit::Sink& sink;                             ///< for the audit line and all warnings
  std::string background_program;                ///< ask::leave_to_background
  /// Is called with what the login ends with from now on, the first time at once. If this process
  /// then hangs or dies, the door answers with the last, and writes its line with what went wrong
  /// as `error`.
  std::function<void(const Armed&)> arm;
  bool proven = true;  ///< whether a password was shown (ask::Gathering)
  /// Whether it waits for the network only if few other logins do (ask::WaitingPlace). For a door
  /// with a bounded number of connections, whose logins are let in if they wait for long.
  bool counted = false;
  /// Is called when the audit line is written: the door then need not write it. May be empty.
  std::function<void(const char* next)> line_written{};
  /// The number of `config` and `problems`: different ones have different numbers. 0: earlier
  /// decisions do not count for this login.
  std::uint64_t configuration = 0;
};

/// Decides, and writes the audit line if the verdict wants one. Takes until begin +
/// lookup/deadline, and what a file system needs. Writes nothing before the lists were compared, so
/// that a log that hangs lets nobody in. Never throws: an internal error is logged, and the login
/// ends with what is armed, if that holds, else with tempfail, "cannot decide".
facts::Verdict decide(const Request& request);

/// The line of a login that cannot be decided, and about which no fact is known.
audit::Line undecided_line(const facts::Login& login, audit::Form form);
/// Writes it, and `why` as an error too.
void log_undecided(audit::Sink& sink, const facts::Login& login, audit::Form form,
                   std::chrono::steady_clock::time_point begin, const std::string& why);

}  // namespace badclients::login
