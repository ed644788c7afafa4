#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "budget/servers.hpp"

namespace badclients::ask {

/// The parent's part of the dialogue with one helper (dialogue.hpp). What the helper says is
/// foreign: it gets most_permits at most, can close only those servers for which it got one, and
/// whatever else it says is a warning.
class PermitDesk {
 public:
  /// All of them outlive it.
  PermitDesk(budget::Servers& servers, budget::Purpose purpose, base::Deadline deadline,
             std::vector<std::string>& warnings)
      : servers_(servers), purpose_(std::move(purpose)), deadline_(deadline), warnings_(warnings) {}

  /// Hears a line of the helper's; returns what it gets to read. Waits a moment where other
  /// processes want permits, too.
  std::string hear(std::string_view line);

  /// The address has turned out to belong to it.
  void belongs_to(const net::Network& allocation) { budget::add_allocation(purpose_, allocation); }

  /// Sources that it had no answer from. (A helper's word about a server counts where it got a
  /// permit for it.)
  [[nodiscard]] const std::set<budget::Source>& silent() const { return silent_; }
  /// Has it remembered which sources answered, and for a login which did not; `before`: what was
  /// known of them.
  void report(const std::vector<budget::Silence>& before, bool of_login);

  static constexpr unsigned most_permits = 64;

 private:
  std::string answer_question(std::string_view line);
  void close(std::string_view line);
  void note(std::string_view line);
  void complain(std::string_view what);

  budget::Servers& servers_;
  budget::Purpose purpose_;
  base::Deadline deadline_;
  std::vector<std::string>& warnings_;
  std::set<budget::ServerName> permitted_;
  std::set<budget::Source> silent_, answered_;
  unsigned asked_ = 0, closed_ = 0, complaints_ = 0;
};

}  // namespace badclients::ask
