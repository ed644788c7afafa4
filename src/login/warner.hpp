#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audit/sink.hpp"
#include "config/problem.hpp"

namespace badclients::login {

/// Writes the first few warnings of a kind, and how many more there are.
class Warner {
 public:
  /// `sink` must outlive the warner.
  explicit Warner(audit::Sink& sink) : sink_(sink) {}

  void warn(const std::vector<std::string>& texts) { warn(texts, texts.size()); }
  /// `texts` are the first of `count`.
  void warn(const std::vector<std::string>& texts, std::size_t count);
  /// Lines that have no effect. Those that have one, but perhaps another than was meant, are for
  /// lint: the log of each login is not the place to repeat it.
  void warn(const std::vector<config::Problem>& problems);

 private:
  audit::Sink& sink_;
};

}  // namespace badclients::login
