#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "config/problem.hpp"

namespace badclients::login {

/// Writes the warnings of one login: each text once, the first five of each call, and how many more
/// there are.
class Warner {
 public:
  /// `sink` must outlive the warner.
  explicit Warner(audit::Sink& sink) : sink_(sink) {}

  /// What went wrong with this login.
  void warn(const std::vector<std::string>& texts);
  /// About lines and files that have no effect, which lint shows: `texts` are the first of `count`.
  void warn_of_lines(const std::vector<std::string>& texts, std::size_t count);
  /// The errors among them, as warn_of_lines. Lines that have an effect, but perhaps not the one
  /// that was meant, are for lint, not for the log of each login.
  void warn(const std::vector<config::Problem>& problems);

 private:
  /// `untold`: how many more than `texts` there are; `hint` follows the number of those not
  /// written.
  void write(const std::vector<std::string>& texts, std::size_t untold, const char* hint);

  audit::Sink& sink_;
  std::set<std::string> known_;
};

}  // namespace badclients::login
