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
/// foreign: it gets most_permits at most, and can close only servers for which it got a permit. A
/// line that breaks these rules, or makes no sense, is a warning, the first few times.
class PermitDesk {
 public:
  /// All of them must outlive it.
  PermitDesk(budget::Servers& servers, budget::Purpose purpose, base::Deadline deadline,
             std::vector<std::string>& warnings)
      : servers_(servers), purpose_(std::move(purpose)), deadline_(deadline), warnings_(warnings) {}

  /// Takes a line of the helper's; returns what the helper gets to read. Waits for a moment if
  /// other processes want permits, too.
  std::string hear(std::string_view line);

  /// The address has turned out to belong to `allocation`.
  void belongs_to(const net::Network& allocation) { budget::add_allocation(purpose_, allocation); }

  /// The sources that the helper had no answer from. (What it says about a server counts only if it
  /// got a permit for it.)
  [[nodiscard]] const std::set<budget::Source>& silent() const { return silent_; }
  /// Has `servers` remember which sources answered, and for a login which did not; `before`: what
  /// was known about them.
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
