#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "config/problem.hpp"

namespace badclients::login {

/// Writes the warnings of one login: each once, the first few of a kind, and how many more there
/// are.
class Warner {
 public:
  /// `sink` must outlive the warner.
  explicit Warner(audit::Sink& sink) : sink_(sink) {}

  /// What went wrong with this login.
  void warn(const std::vector<std::string>& texts);
  /// Lines of files that have no effect, which lint shows: `texts` are the first of `count`.
  void warn_of_lines(const std::vector<std::string>& texts, std::size_t count);
  /// As warn_of_lines. Those that have an effect, but perhaps another than was meant, are for lint:
  /// the log of each login is not the place to repeat it.
  void warn(const std::vector<config::Problem>& problems);

 private:
  /// `untold`: how many more there are than `texts`; `hint`: behind the number of all that are not
  /// written.
  void write(const std::vector<std::string>& texts, std::size_t untold, const char* hint);

  audit::Sink& sink_;
  std::set<std::string> known_;
};

}  // namespace badclients::login
